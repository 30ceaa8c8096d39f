"""The template gate: the SAM transform, cfn-lint on what comes out, and the faults both of them let pass."""

import json
import re
from typing import Any

from cfnlint import ManualArgs
from cfnlint.api import lint

from immersio.integration import transport as immersio_api
from immersio.payment import stripe_api
from immersio.sync import chain
from kernel import mail, queue, webhooks
from resman import transport
from tests.support.house import (
    ROOT,
    Function,
    cloudformation,
    functions,
    is_stream,
    queue_consumers,
    resources,
    target_of,
    template,
)

RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
HANDLER = re.compile(r"^(async )?def handler\(|^handler\b.*=", re.MULTILINE)
CRON_OR_ONCE = re.compile(r"(cron|at)\(.+\)")


LONGEST_MESSAGE = {
    "ImmersioWorkersReconcileCounters": 30,  # many bookings of the table
    "ImmersioWorkersSettlePayments": 1.5 * stripe_api.LONGEST_SECONDS,  # three questions
    "ImmersioWorkersSettleSeats": 0,  # nobody is asked but the table
    "ImmersioWorkersSyncCourses": chain.STEP.total_seconds() + immersio_api.PATIENCE.total_seconds,
    "ImmersioWorkersCountStatistics": 0,  # nobody is asked but the table
    "ImmersioWorkersDeliverWebhook": webhooks.LONGEST_SECONDS,
    "ImmersioWorkersSendNotice": mail.LONGEST_SECONDS,
    "ResmanWorkersDeliverWebhook": webhooks.LONGEST_SECONDS,
    "ResmanWorkersSendNotice": mail.LONGEST_SECONDS,
    # it is asked once what is free, and then told three times at the most
    "ResmanWorkersSyncTour": 4 * transport.Patience().total_seconds,
}
"""Seconds that one message may keep each worker of a queue busy, whatever the other side does."""
TABLE_SECONDS = 5
"""What its own reads and writes may take besides."""


def test_cloudformation_would_accept_the_transformed_template() -> None:
    """A misspelt attribute or a circular reference was found by the deploy, twenty minutes in, and rolled back."""
    findings = lint(json.dumps(cloudformation()), config=ManualArgs(regions=["us-east-1"]))
    assert [f"{found.rule.id} {found.path}: {found.message}" for found in findings] == []


def test_every_parameter_is_used() -> None:
    """An operator set a parameter that nothing read, and believed it. (The transform hides this from cfn-lint.)"""
    text = json.dumps({key: part for key, part in template().items() if key != "Parameters"})
    unused = [name for name in template()["Parameters"] if f'"{name}"' not in text and f"${{{name}}}" not in text]
    assert unused == []


def test_every_function_has_its_folder_and_handler() -> None:
    """A function was moved, the template was not; `sam build` packed an empty folder and every call failed."""
    missing = [one.handler_file.relative_to(ROOT).as_posix() for one in functions() if not one.handler_file.is_file()]
    assert missing == []


def test_every_folder_of_functions_is_deployed() -> None:
    """An endpoint was written and tested, and was never in the template."""
    declared = {one.handler_file for one in functions()}
    forgotten = set((ROOT / "functions").rglob("handler.py")) - declared
    assert sorted(path.relative_to(ROOT).as_posix() for path in forgotten) == []


def test_handlers_are_found_by_the_name_the_template_gives() -> None:
    """A handler was renamed; Lambda reports it on the first call only."""
    assert template()["Globals"]["Function"]["Handler"] == "handler.handler"
    assert [one.logical_id for one in functions() if not HANDLER.search(_code(one))] == []


def test_every_layer_stands_where_the_template_says() -> None:
    """A layer's folder was renamed, and an empty layer went out."""
    folders = [layer["Properties"]["ContentUri"] for layer in resources("AWS::Serverless::LayerVersion").values()]
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_a_change_in_a_layer_publishes_the_functions_anew() -> None:
    """A fix in a layer was deployed and the alias went on serving the version before it: SAM only watches CodeUri."""
    assert template()["Globals"]["Function"]["AutoPublishAliasAllProperties"] is True
    layers = resources("AWS::Serverless::LayerVersion")
    assert [name for name, layer in layers.items() if layer["Properties"].get("PublishLambdaVersion") is not True] == []


def test_messages_stay_invisible_for_six_times_as_long_as_their_function_runs() -> None:
    """A slow worker's messages became visible again while it worked, and were delivered twice."""
    by_id = {one.logical_id: one for one in functions()}
    too_short = [
        queue
        for queue, consumer in queue_consumers()
        if resources("AWS::SQS::Queue")[queue]["Properties"].get("VisibilityTimeout", 30) < 6 * by_id[consumer].timeout
    ]
    assert too_short == []


def test_a_worker_has_time_for_a_whole_batch_of_the_slowest_messages() -> None:
    """Five slow receivers in one batch: the worker ran out of time, and the good ones were told twice."""
    too_large = [
        f"{mapping['FunctionName']['Ref']}: {mapping.get('BatchSize', 10)} messages"
        for mapping, consumer in _queue_mappings()
        if mapping.get("BatchSize", 10) * (LONGEST_MESSAGE[consumer.logical_id] + TABLE_SECONDS) > consumer.timeout
    ]
    assert too_large == []


def test_who_asks_us_is_answered_even_when_stripe_takes_its_longest() -> None:
    """Stripe was slow twice, the function was ended in the middle, and the page showed an error of API Gateway's."""
    asking = [one for one in functions() if "StripeSecret" in json.dumps(one.properties["Policies"])]
    assert asking
    assert [one.logical_id for one in asking if one.timeout < stripe_api.LONGEST_SECONDS + TABLE_SECONDS] == []


def test_a_lease_outlives_the_worker_that_holds_it() -> None:
    """Two workers delivered the same message at once."""
    assert [one.logical_id for _, one in _queue_mappings() if one.timeout >= queue.LEASE.total_seconds()] == []


def test_a_worker_keeps_what_it_has_delivered_when_one_message_fails() -> None:
    """One poison message sent the nine good ones of its batch again."""
    mappings = resources("AWS::Lambda::EventSourceMapping")
    wrong = [
        name
        for name, mapping in mappings.items()
        if mapping["Properties"].get("FunctionResponseTypes") != ["ReportBatchItemFailures"]
    ]
    assert wrong == []


def test_every_queue_has_a_dead_letter_queue() -> None:
    """A message no worker could read went round for four days and then was gone."""
    queues = resources("AWS::SQS::Queue")
    caught = {name for name, queue in queues.items() if "RedrivePolicy" in queue["Properties"]}
    targets = {target_of(queues[name]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]) for name in caught}
    assert sorted(set(queues) - caught - targets - _on_failure_queues()) == []
    assert targets <= set(queues)


def test_dead_letters_are_kept_for_two_weeks() -> None:
    """Dead letters expired over a long weekend, before anybody had looked."""
    short_lived = [
        name
        for name, queue in resources("AWS::SQS::Queue").items()
        if queue["Properties"].get("MessageRetentionPeriod") != 14 * 24 * 3600
    ]
    assert short_lived == []


def test_every_stream_reader_gets_past_a_batch_it_cannot_read() -> None:
    """One unreadable record held up a shard of the table's stream for a day, and all that came after it."""
    readers = [
        mapping["Properties"]
        for mapping in resources("AWS::Lambda::EventSourceMapping").values()
        if is_stream(mapping["Properties"])
    ]
    assert readers
    for reader in readers:
        assert reader["BisectBatchOnFunctionError"] is True
        assert 0 <= reader["MaximumRetryAttempts"] <= 100
        assert reader["DestinationConfig"]["OnFailure"]["Destination"]


def test_every_schedule_is_one_that_scheduler_understands() -> None:
    """`rate(5 minute)` passes every linter and fails in the middle of the deploy."""
    wrong = [
        f"{one.logical_id}: {expression}"
        for one in functions()
        for expression in _schedules(one)
        if not (RATE.fullmatch(expression) or CRON_OR_ONCE.fullmatch(expression))
    ]
    assert wrong == []


def test_a_scheduled_function_ends_before_it_is_started_again() -> None:
    """A poll ran longer than its minute, and two of them answered the same change."""
    assert [one.logical_id for one in functions() if "rate(1 minute)" in _schedules(one) and one.timeout >= 60] == []


def test_an_endpoint_gives_up_before_the_api_does() -> None:
    """The API answered 503 after 30 seconds while the function went on and booked the tour."""
    assert [one.logical_id for one in functions() if one.route and one.timeout >= 30] == []


def test_one_request_calls_one_function() -> None:
    """Two functions claimed one route, and the deploy kept the wrong one."""
    routes = [one.route for one in functions() if one.route]
    assert len(routes) == len(set(routes))
    assert [one.logical_id for one in functions() if len(list(one.events("HttpApi"))) > 1] == []


def test_functions_stand_in_the_order_of_their_folders() -> None:
    """A function was declared twice under two names, because nobody saw the first among eighty."""
    folders = [one.folder for one in functions()]
    assert folders == sorted(folders)


def test_the_stages_of_samconfig_set_parameters_that_exist() -> None:
    """A parameter was renamed in the template; production was deployed with its default."""
    import tomllib

    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert {"dev", "staging", "prod"} <= set(config)
    for stage in ("dev", "staging", "prod"):
        overrides = dict(pair.split("=", 1) for pair in config[stage]["deploy"]["parameters"]["parameter_overrides"])
        assert overrides["Stage"] == stage
        assert set(overrides) <= set(template()["Parameters"])


def _code(function: Function) -> str:
    return function.handler_file.read_text() if function.handler_file.is_file() else ""


def _schedules(function: Function) -> list[str]:
    return [
        event["Properties"]["ScheduleExpression"]
        for kind in ("Schedule", "ScheduleV2")
        for event in function.events(kind)
    ]


def _queue_mappings() -> list[tuple[dict[str, Any], Function]]:
    """Each event source that is a queue, with the function it calls."""
    by_id = {one.logical_id: one for one in functions()}
    mappings = (mapping["Properties"] for mapping in resources("AWS::Lambda::EventSourceMapping").values())
    queues = (mapping for mapping in mappings if not is_stream(mapping))
    return [(mapping, by_id[mapping["FunctionName"]["Ref"].split(".")[0]]) for mapping in queues]


def _on_failure_queues() -> set[str]:
    """Queues in which something that failed already comes to rest."""
    mappings = (mapping["Properties"] for mapping in resources("AWS::Lambda::EventSourceMapping").values())
    destinations = (mapping["DestinationConfig"]["OnFailure"] for mapping in mappings if "DestinationConfig" in mapping)
    return {target_of(destination["Destination"]) for destination in destinations}
