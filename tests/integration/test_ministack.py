"""What we rely on in MiniStack, so that a new version of it cannot mislead us."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.local_stack import LocalStack, eventually

BOOKERS = 50
SEATS = 7

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Client:
    def connect(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=stack.description["awsEndpointUrl"],
            config=Config(max_pool_connections=BOOKERS, retries={"total_max_attempts": 1}),
        )

    return connect


@pytest.fixture
def table(client: Client) -> str:
    name = f"conformance-{uuid.uuid4()}"
    client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return name


@pytest.fixture
def queue(client: Client) -> str:
    return str(client("sqs").create_queue(QueueName=f"conformance-{uuid.uuid4()}")["QueueUrl"])


def test_of_many_conditional_transactions_only_as_many_succeed_as_there_are_seats(client: Client, table: str) -> None:
    dynamodb = client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "show"}, "left": {"N": str(SEATS)}})
    together = threading.Barrier(BOOKERS)

    def book(number: int) -> bool:
        together.wait()
        return _take_a_seat(dynamodb, table, f"booking-{number}")

    with ThreadPoolExecutor(BOOKERS) as pool:
        booked = sum(pool.map(book, range(BOOKERS)))
    left = dynamodb.get_item(TableName=table, Key={"pk": {"S": "show"}}, ConsistentRead=True)["Item"]["left"]["N"]
    assert (booked, left) == (SEATS, "0")


def test_a_failed_condition_returns_the_row_that_stood_in_the_way(client: Client, table: str) -> None:
    dynamodb = client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "slot"}, "taken_by": {"S": "Ada"}})
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[{"Put": _put_if_new(table, "slot")}])
    assert refused.value.response["CancellationReasons"] == [
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": {"pk": {"S": "slot"}, "taken_by": {"S": "Ada"}},
        }
    ]


def test_the_stream_tells_every_change_once_and_in_order(client: Client, table: str) -> None:
    dynamodb = client("dynamodb")
    written = [f"change-{number:03}" for number in range(100)]
    for name in written:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": name}})
    assert _stream(client, table) == written


def test_a_message_received_too_often_moves_to_the_dead_letter_queue(client: Client, queue: str) -> None:
    sqs = client("sqs")
    dead_letters = sqs.create_queue(QueueName=f"conformance-{uuid.uuid4()}")["QueueUrl"]
    target = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn": "{target}", "maxReceiveCount": 2}}'
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    assert [_receive(sqs, queue) for _ in range(3)] == [["poison"], ["poison"], []]
    assert eventually(lambda: _receive(sqs, dead_letters)) == ["poison"]


def test_a_message_comes_back_when_its_visibility_is_ended(client: Client, queue: str) -> None:
    sqs = client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="again")
    [message] = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=600)["Messages"]
    assert _receive(sqs, queue) == []
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert _receive(sqs, queue) == ["again"]


def test_a_delayed_message_is_not_received_early(client: Client, queue: str) -> None:
    sqs = client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    assert _receive(sqs, queue) == []


def test_ses_takes_a_raw_message_only_from_a_verified_sender(client: Client, stack: LocalStack) -> None:
    ses = client("sesv2")
    message = EmailMessage()
    message["Subject"] = "hello"
    message.set_content("hello")
    raw = {"Raw": {"Data": message.as_bytes()}}
    to = {"ToAddresses": ["ada@example.com"]}
    sender = stack.description["environment"]["MAIL_FROM"]
    assert ses.send_email(FromEmailAddress=sender, Destination=to, Content=raw)["MessageId"]
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_email(FromEmailAddress="mallory@elsewhere.example", Destination=to, Content=raw)


def _take_a_seat(dynamodb: Any, table: str, booking: str) -> bool:
    seat = {
        "TableName": table,
        "Key": {"pk": {"S": "show"}},
        "UpdateExpression": "SET #left = #left - :one",
        "ConditionExpression": "#left >= :one",
        "ExpressionAttributeNames": {"#left": "left"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Update": seat}, {"Put": _put_if_new(table, booking)}])
    except dynamodb.exceptions.TransactionCanceledException:
        return False
    return True


def _put_if_new(table: str, name: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "Item": {"pk": {"S": name}},
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _stream(client: Client, table: str) -> list[str]:
    streams = client("dynamodbstreams")
    arn = client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**start)["ShardIterator"]
    found: list[str] = []
    while records := (page := streams.get_records(ShardIterator=iterator, Limit=30))["Records"]:
        found += [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
        iterator = page["NextShardIterator"]
    return found


def _receive(sqs: Any, queue: str) -> list[str]:
    return [message["Body"] for message in sqs.receive_message(QueueUrl=queue).get("Messages", [])]
