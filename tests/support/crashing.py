"""Run as a process of its own: books tours and tells everybody, killed at a later call to AWS each time.

A kill before a call and a kill after it are two crash points: what lies between two calls may have had an effect.
`crashing_schools` does so with the events of schools.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any, NoReturn

import boto3

from kernel import mail, outbox, settings, table
from kernel.outbox import Message
from tests.support.sink import Sink
from tests.support.workers import workers
from tests.support.world import Context, World, function

Life = Callable[[int], None]
"""What is done from its beginning to its end, for the crash point of this number."""
HOURS, GUIDES = range(9, 17), 3
LAST_SLOT = GUIDES * len(HOURS) * 4 - 1
"""Of four working days."""


def email(crash_point: int) -> str:
    return f"crash-{crash_point}@example.com"


def live(world: World, number: int, first_day: date) -> None:
    """All that happens to a booking: it is made, its messages are routed, and delivered."""
    days, hour = divmod(number // GUIDES, len(HOURS))
    wish: dict[str, Any] = {
        "preferred_date": str(first_day + timedelta(days)),
        "preferred_time": f"{HOURS[hour]:02}:00",
    }
    booked = world.book(prospect_email=email(number), **wish)
    assert booked.status == 201, booked.body
    tour_id = booked.json["appointment_id"]
    route([message for message in world.messages() if tour_id in json.dumps(message.payload)])
    work(workers("resman"))


def route(due: Iterable[Message]) -> None:
    """What the table's stream has done with them."""
    rows = [table.Put(item=message.model_dump(mode="json")).request()["Put"]["Item"] for message in due]
    records = [{"dynamodb": {"NewImage": row, "SequenceNumber": str(n)}} for n, row in enumerate(rows)]
    function("kernel/workers/route_outbox")({"Records": records}, Context())


def work(queues: Iterable[str]) -> None:
    for queue in queues:
        while batch := outbox.sqs().receive_message(QueueUrl=settings.queue_url(queue)).get("Messages"):
            function(workers()[queue])({"Records": [_record(each) for each in batch]}, Context())


def _record(message: Any) -> dict[str, str]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "eventSource": "aws:sqs",
    }


class Killer:
    """Counts the calls of this process, and ends it at one of them as nothing can catch."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __call__(self, **_: Any) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def crash_everywhere(live: Life, queues: Collection[str]) -> int:
    """One life for each crash point, until one ends well; returns how many died."""
    sqs, number = boto3.client("sqs"), 0
    while _dies(live, number):
        for queue in queues:
            sqs.purge_queue(QueueUrl=settings.queue_url(queue))  # the table alone must be enough
        number += 1
    return number


def _dies(live: Life, number: int) -> bool:
    child = os.fork()
    if not child:
        _live_until_killed(live, number)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, -signal.SIGKILL):
        raise SystemExit(f"life {number} ended with status {status}")
    return os.WIFSIGNALED(status)


def _live_until_killed(live: Life, number: int) -> NoReturn:
    killer = Killer(number)
    for client in (table.client(), outbox.sqs(), mail._ses()):
        client.meta.events.register("before-call", killer)
        client.meta.events.register("after-call", killer)
    try:
        live(number)
    except BaseException:  # noqa: BLE001 - a fork may not come back into its parent's code
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main(resman: str, api_key: str, first: str) -> None:
    of_a_tour = partial(live, World(resman, Sink(), api_key), first_day=date.fromisoformat(first))
    of_a_tour(LAST_SLOT)  # what is loaded now, no child loads again
    print(crash_everywhere(of_a_tour, workers("resman")), file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
