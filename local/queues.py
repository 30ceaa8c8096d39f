"""SQS event sources: batches to a function, and only what it did not fail leaves the queue."""

from collections.abc import Iterable
from typing import Any

from local import terminal
from local.events import EventSource, Stopwatch
from local.functions import FunctionFailed, Functions
from local.infrastructure import REGION, client, queue_url
from local.template import QueueSource

LONG_POLL_SECONDS = 5
POLLERS_PER_QUEUE = 4
"""More than the attempts that one receiver which hangs can hold up."""


class Queue(EventSource):
    def __init__(self, source: QueueSource, arn: str, functions: Functions) -> None:
        super().__init__(f"queue {arn.rpartition(':')[2]}")
        self._source, self._arn, self._functions = source, arn, functions
        self._url = queue_url(arn)
        self._sqs = client("sqs")

    def poll(self) -> None:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(10, self._source.batch_size),
            WaitTimeSeconds=LONG_POLL_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if messages and not self.stopping.is_set():
            self._handle(messages)

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        watch = Stopwatch()
        event = {"Records": [_record(message, self._arn) for message in messages]}
        try:
            result = self._functions.invoke(self._source.function, event)
        except FunctionFailed:
            return  # every message comes again when its visibility ends
        failed = self._failed(result, [message["MessageId"] for message in messages])
        self._delete(message for message in messages if message["MessageId"] not in failed)
        outcome = f"{len(failed)} to come again" if failed else "done"
        name = self._source.function.logical_id
        terminal.delivery(self._url.rpartition("/")[2], len(messages), outcome, watch.milliseconds, name)

    def _failed(self, result: Any, ids: list[str]) -> set[str]:
        """The messages the function reported; a report that makes no sense fails them all, as on Lambda."""
        if not self._source.reports_item_failures or not result:
            return set()
        reported = {item.get("itemIdentifier") for item in result.get("batchItemFailures") or []}
        return reported if reported.issubset(ids) else set(ids)

    def _delete(self, messages: Iterable[dict[str, Any]]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
        if entries:
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)


def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _attribute(attribute) for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _attribute(attribute: dict[str, Any]) -> dict[str, Any]:
    return {
        "stringValue": attribute.get("StringValue"),
        "dataType": attribute["DataType"],
        "stringListValues": [],
        "binaryListValues": [],
    }
