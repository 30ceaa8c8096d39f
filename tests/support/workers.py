"""The workers of our queues, done by a test: which queue has which worker is read from template.yaml."""

import email
import email.policy
import importlib
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from typing import Any, ClassVar

from moto.backends import get_backend

from kernel import outbox, settings, stream, table
from tests.support.house import functions, queue_consumers, template


class Context:
    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "request-of-the-test"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


def function(folder: str) -> Any:
    """A function's handler, found by its folder."""
    return importlib.import_module(f"functions.{folder.replace('/', '.')}.handler").handler


@cache
def workers(context: str = "") -> dict[str, str]:
    """The queues of one context, or all: the short name of each, and the folder of its worker."""
    folders = {one.logical_id: one.folder.as_posix() for one in functions()}
    names = {resource: name for name, resource in _queue_variables()}
    read = {names[queue]: folders[consumer] for queue, consumer in queue_consumers()}
    return {name: folder for name, folder in read.items() if name.startswith(context)}


@dataclass
class Workplace:
    """A world with an outbox and queues; time passes in it only when a test says so."""

    context: ClassVar[str]
    """Whose queues are worked on."""
    _routed: set[str] = field(default_factory=set, kw_only=True)

    def rows(self) -> list[dict[str, Any]]:
        """Everything in the table but the counts of requests."""
        pages = table.client().get_paginator("scan").paginate(TableName=settings.table_name())
        rows = (table.decode(item) for page in pages for item in page["Items"])
        return [row for row in rows if not row["pk"].startswith("LIMIT#")]

    def messages(self, kind: str = "") -> list[outbox.Message]:
        rows = [row for row in self.rows() if row.get("entity") == "outbox" and row["kind"].startswith(kind)]
        return sorted((outbox.Message.model_validate(row) for row in rows), key=lambda message: message.created_at)

    def route(self) -> bool:
        """What the stream does with the messages that are new; whether there were any."""
        new = [message for message in self.messages() if message.id not in self._routed]
        for message in new:
            self._routed.add(message.id)
            row = table.Put(item={**message.key._asdict(), **message.model_dump(mode="json")}).request()
            record = {"dynamodb": {"NewImage": row["Put"]["Item"], "SequenceNumber": "1"}}
            assert stream.route_outbox({"Records": [record]}) == {"batchItemFailures": []}
        return bool(new)

    def run_workers(self, *queues: str) -> None:
        """Route what is new and let the workers do what is due now, and what comes of that."""
        self.route()
        while True:
            for queue in queues or tuple(workers(self.context)):
                _work(queue)
            if not self.route():
                return

    def sweep(self) -> None:
        function("kernel/workers/sweep_outbox")({}, Context())

    def mail(self) -> list[EmailMessage]:
        """Every e-mail that left, oldest first."""
        sent = get_backend("ses")["123456789012"]["us-east-1"].sent_messages
        return [email.message_from_string(mail.raw_data, policy=email.policy.default) for mail in sent]

    def dead_letters(self, queue: str) -> list[Any]:
        dead = settings.dead_letter_queue_url(queue)
        received = outbox.sqs().receive_message(QueueUrl=dead, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return received.get("Messages", [])


def _queue_variables() -> list[tuple[str, str]]:
    """The short name of each queue, as its variable spells it, with its logical id."""
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    queues = {name: value["Ref"] for name, value in variables.items() if name.startswith("QUEUE_")}
    return [(name.removeprefix("QUEUE_").lower().replace("_", "-"), queue) for name, queue in queues.items()]


def _work(queue: str) -> None:
    while records := _receive(queue):
        answer = function(workers()[queue])({"Records": records}, Context())
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for record in records:
            if record["messageId"] not in failed:
                outbox.sqs().delete_message(QueueUrl=settings.queue_url(queue), ReceiptHandle=record["receiptHandle"])


def _receive(queue: str) -> list[dict[str, Any]]:
    messages = outbox.sqs().receive_message(QueueUrl=settings.queue_url(queue), MaxNumberOfMessages=10)
    return [
        {
            "messageId": m["MessageId"],
            "receiptHandle": m["ReceiptHandle"],
            "body": m["Body"],
            "eventSource": "aws:sqs",
        }
        for m in messages.get("Messages", [])
    ]
