"""CloudFormation's limits, watched before they are reached."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.house import cloudformation, functions, sources, template

MOST_RESOURCES = 480
"""CloudFormation stops at 500."""
MOST_PER_FUNCTION = 5


def test_the_stack_stays_below_the_limit_of_resources(capsys: pytest.CaptureFixture[str]) -> None:
    """The eightieth endpoint could not be deployed on the day it was needed."""
    count = len(cloudformation()["Resources"])
    with capsys.disabled():
        print(f" {count} of {MOST_RESOURCES} resources, {len(functions())} functions", end=" ")
    assert count < MOST_RESOURCES


def test_a_function_costs_five_resources_at_the_most() -> None:
    """A log group and an alarm for each function halve the number of endpoints a stack can hold."""
    costs = Counter(
        one.logical_id
        for one in functions()
        for resource in cloudformation()["Resources"]
        if resource.startswith(one.logical_id) and resource not in _others_with_the_same_start(one.logical_id)
    )
    assert {name: cost for name, cost in costs.items() if cost > MOST_PER_FUNCTION} == {}


def test_every_function_is_watched_by_an_alarm() -> None:
    """A worker failed for a week; its alarm had been written for the function it was copied from."""
    watched = {
        metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"]
        for alarm in _metric_math_alarms()
        for metric in alarm
        if metric.get("MetricStat", {}).get("Metric", {}).get("MetricName") == "Errors"
    }
    unwatched = {one.logical_id for one in functions() if "operators" not in one.folder.parts} - watched
    assert sorted(unwatched) == []


def test_every_place_where_messages_come_to_rest_is_watched_by_an_alarm() -> None:
    """Dead letters gathered for a month because only the first queue had an alarm."""
    watched = {
        metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in _metric_math_alarms()
        for metric in alarm
        if metric.get("MetricStat", {}).get("Metric", {}).get("Namespace") == "AWS/SQS"
    }
    resting = {
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" not in resource["Properties"]
    }
    assert resting <= watched


def test_an_alarm_adds_up_ten_metrics_at_the_most() -> None:
    """The eleventh worker's errors were added to an alarm that CloudWatch then refused."""
    assert [len(alarm) - 1 for alarm in _metric_math_alarms() if len(alarm) - 1 > 10] == []


def test_every_metric_that_rings_is_counted_somewhere() -> None:
    """The alarm for an unknown status waited for a metric whose name had a typo, and never rang."""
    ringing = _queried() | {metric["MetricName"] for metric in _our_metrics()}
    assert ringing
    assert ringing - set(_counted()) == set()


def test_a_metric_that_rings_has_the_dimensions_it_is_counted_with() -> None:
    """CloudWatch takes a metric with another dimension for another metric, and that one stayed at zero."""
    service = [{"Name": "service", "Value": "booking"}]
    assert [metric["MetricName"] for metric in _our_metrics() if metric["Dimensions"] != service] == []
    divided = {name for name, has_dimensions in _counted().items() if has_dimensions}
    assert {metric["MetricName"] for metric in _our_metrics()} & divided == set()


def test_what_needs_a_person_rings() -> None:
    """A prospect stood before a closed door; that it would come to this had been counted, and nobody was told."""
    quiet = {
        "NoticeFailed": "the queue tries again, and DeadLetterDepth rings",
        "OutboxExhausted": "DeadLetterDepth rings",
        "ReceiverDisabled": "the owners of the school are told by e-mail",
        "ResmanUnavailable": "ResmanCircuitOpened rings",
    }
    ringing = _queried() | {metric["MetricName"] for metric in _our_metrics()}
    assert sorted(set(_counted()) - ringing - set(quiet)) == []


def _queried() -> set[str]:
    """The metrics of alarms with a query: `SELECT SUM(UnknownResmanStatus) FROM …`."""
    queries = [
        metric["Expression"]["Fn::Sub"] for alarm in _metric_math_alarms() for metric in alarm if _is_query(metric)
    ]
    return {match[1] for query in queries if (match := re.search(r"SUM\((\w+)\)", query))}


def _our_metrics() -> list[dict[str, Any]]:
    """The metrics that alarms add up, of those we count ourselves."""
    metrics = (metric["MetricStat"]["Metric"] for alarm in _metric_math_alarms() for metric in alarm[1:])
    return [metric for metric in metrics if metric["Namespace"] == {"Fn::Sub": "Booking/${Stage}"}]


def _counted() -> dict[str, bool]:
    """The literals of `count("TourFailed")`, and whether they are counted with dimensions."""
    return dict(counted for source in sources("layers") for node in ast.walk(source.tree) for counted in _count(node))


def _count(node: ast.AST) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.Call(func=ast.Name(id="count"), args=[ast.Constant(value=str(name))], keywords=dimensions):
            yield name, bool(dimensions)


def _is_query(metric: dict[str, Any]) -> bool:
    return isinstance(metric.get("Expression"), dict)


def _others_with_the_same_start(logical_id: str) -> set[str]:
    """ResmanToursGet must not be charged for what belongs to ResmanToursGetAll."""
    same_start = (one.logical_id for one in functions() if one.logical_id.startswith(logical_id))
    longer = tuple(other for other in same_start if other != logical_id)
    return {name for name in cloudformation()["Resources"] if name.startswith(longer)}


def _metric_math_alarms() -> list[list[dict[str, Any]]]:
    alarms = (one for one in template()["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm")
    return [alarm["Properties"]["Metrics"] for alarm in alarms if "Metrics" in alarm["Properties"]]
