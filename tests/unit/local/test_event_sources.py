"""Queues and streams treat a function's result as Lambda does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.functions import Functions
from local.infrastructure import client
from local.queues import Queue
from local.streams import Stream, matches
from local.template import Function, NotImitated, QueueSource, StreamSource

OUTBOX = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"entity": {"S": ["outbox"]}}}}
TELL = """
import json, pathlib
seen = pathlib.Path(__file__).with_name("seen.txt")

def handler(event, context):
    with seen.open("a") as file:
        file.write(json.dumps([FIND(record) for record in event["Records"]]) + "\\n")
    return RESULT
"""


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def test_what_the_function_took_leaves_the_queue(tmp_path: Path) -> None:
    assert _left_after(tmp_path, "None", reports=True) == []


def test_what_the_function_reports_as_failed_comes_again(tmp_path: Path) -> None:
    failed = "{'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event['Records'] if r['body'] == 'b']}"
    assert _left_after(tmp_path, failed, reports=True) == ["b"]


def test_a_report_that_makes_no_sense_fails_the_whole_batch(tmp_path: Path) -> None:
    assert _left_after(tmp_path, "{'batchItemFailures': [{'itemIdentifier': 'unknown'}]}", reports=True) == ["a", "b"]


def test_a_function_that_raises_leaves_everything_in_the_queue(tmp_path: Path) -> None:
    assert _left_after(tmp_path, "1 / 0", reports=True) == ["a", "b"]


def test_the_stream_gives_only_what_the_filter_wants_in_order(tmp_path: Path) -> None:
    function = _function(tmp_path, "None", "record['dynamodb']['Keys']['pk']['S']")
    _run_stream(function, retries=0)
    assert _seen(function) == ['["1", "3"]']


def test_records_that_keep_failing_go_to_the_failure_queue(tmp_path: Path) -> None:
    function = _function(tmp_path, "1 / 0", "record['dynamodb']['Keys']['pk']['S']")
    failures = _run_stream(function, retries=1)
    assert _seen(function) == ['["1", "3"]', '["1", "3"]']
    assert '"batchSize": 2' in failures[0]


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("INSERT", "INSERT", True),
        ("INSERT", "MODIFY", False),
        ({"prefix": "out"}, "outbox", True),
        ({"prefix": "out"}, None, False),
        ({"exists": False}, None, True),
        ({"anything-but": ["tour"]}, "outbox", True),
        ({"anything-but": ["tour"]}, "tour", False),
    ],
)
def test_a_filter_rule_holds_or_not(rule: Any, value: Any, expected: bool) -> None:
    assert matches({"name": [rule]}, {"name": value}) is expected


def test_an_unknown_filter_rule_is_named_and_not_guessed() -> None:
    with pytest.raises(NotImitated, match="numeric"):
        matches({"price": [{"numeric": ["=", 1]}]}, {"price": 1})


def _left_after(folder: Path, result: str, *, reports: bool) -> list[str]:
    """What can be received again once a batch of two messages, a and b, was handled."""
    url, arn = _queue("work")
    for body in "ab":
        client("sqs").send_message(QueueUrl=url, MessageBody=body)
    source = QueueSource(_function(folder, result, "record['body']"), arn, 10, reports)
    Queue(source, arn, Functions()).poll()
    return _all(url)


def _run_stream(function: Function, retries: int) -> list[str]:
    """Three changes, two of them of the outbox; what the failure queue holds afterwards."""
    stream = client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    for key, entity in (("1", "outbox"), ("2", "tour"), ("3", "outbox")):
        client("dynamodb").put_item(TableName="table", Item={"pk": {"S": key}, "entity": {"S": entity}})
    url, arn = _queue("failures")
    source = StreamSource(function, stream, 100, True, (OUTBOX,), retries, arn)
    Stream(source, stream, arn, Functions()).poll()
    return _all(url)


def _queue(name: str) -> tuple[str, str]:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _all(url: str) -> list[str]:
    answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return sorted(message["Body"] for message in answer.get("Messages", []))


def _function(folder: Path, result: str, find: str) -> Function:
    function = Function("Told", folder, "handler.handler", timeout_seconds=3, memory_mb=128, environment={})
    function.source.write_text(TELL.replace("FIND(record)", find).replace("RESULT", result))
    return function


def _seen(function: Function) -> list[str]:
    return (function.folder / "seen.txt").read_text().splitlines()
