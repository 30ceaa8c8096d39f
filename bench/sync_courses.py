"""How long does a school's first sync take? `python -m bench.sync_courses [courses [followed]]` prints it.

The real worker on MiniStack, with Immersio's sandbox in a process of its own. Ten students are in each course; so many
courses are followed by a workshop with a whitelist, or all of them, which is the most that a sync can have to do.
"""

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import requests
from boto3.dynamodb.conditions import Key
from flask import Flask

from immersio.access.model import Role
from immersio.sync import starting
from immersio.sync import store as syncs
from immersio.sync.duties import QUEUE
from immersio.sync.model import Sync
from immersio.workshop import store as workshops
from immersio.workshop.model import Workshop
from kernel import clock, ids, keys, outbox, settings, table
from local import template
from local.deployment import Secrets, deploy
from local.ministack import MiniStack
from local.sandboxes import immersio
from local.sandboxes.immersio import Course, Organization, Student
from local.servers import WebServer
from tests.support.schools import School, founded, result
from tests.support.workers import Context, function, workers

COURSES, STUDENTS_EACH = 10_000, 10
ACADEMY = immersio.LANGUAGE_ACADEMY
ORGANIZATION = Organization(ACADEMY, "Language Academy", immersio.DEMO_KEYS[ACADEMY])
WRITERS = 8


def course_id(number: int) -> str:
    return f"course_{number:06}"


def serve(courses: int, tell: Connection) -> None:
    """Immersio, until the process is ended; `/_count` says how often it was asked."""
    for number in range(courses):
        names = [f"student_{number:06}_{each:02}" for each in range(STUDENTS_EACH)]
        students = [Student(name, f"{name}@example.com", f"Student {name}") for name in names]
        ORGANIZATION.add(Course(course_id(number), f"Course {number}"), *students)
    app = immersio.create_app([ORGANIZATION])
    asked = _counted(app)
    app.add_url_rule("/_count", "count", lambda: {"requests": asked["/v1"]})
    tell.send(WebServer(app).url)
    time.sleep(24 * 3600)


def _counted(app: Flask) -> Counter[str]:
    from flask import request

    asked: Counter[str] = Counter()
    app.before_request(lambda: asked.update([request.path[:3]]))
    return asked


@contextmanager
def sandbox(courses: int) -> Iterator[str]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(courses, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def connected() -> School:
    """A school whose owner has connected it."""
    world = founded()
    sent = {"immersioOrgId": world.academy.org_id, "apiKey": ORGANIZATION.api_key}
    if not result(world.call("immersio.integration.connect", world.academy.cookie(Role.OWNER), sent=sent))["success"]:
        raise RuntimeError("the school could not be connected")
    return world.academy


def follow(tenant_id: int, teacher_id: int, courses: int) -> None:
    """A workshop for each course, with its roster on the whitelist."""

    def make(number: int) -> None:
        workshop = Workshop(
            tenant_id=tenant_id,
            id=ids.new_number(),
            event_type_id=ids.new_number(),
            teacher_id=teacher_id,
            title=f"Workshop {number}",
            slug=f"workshop-{number}",
            duration=60,
            price=0,
            currency="EUR",
            seats=8,
            locations=(),
            time_zone="UTC",
            whitelist_enabled=True,
            immersio_course_id=course_id(number),
            sync_students=True,
            refund_window_hours=12,
            cancellation_notice_hours=24,
            workshop_type="live_class",
            created_at=clock.now(),
        )
        table.write(*workshops.new_workshop(workshop))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(make, range(courses)))


def run(tenant_id: int) -> tuple[Sync, list[float]]:
    """A sync from its first message to its last; how long each step took."""
    sync = starting.start(tenant_id, ids.new_number(), is_full=True)
    steps = []
    while (sync := _now(sync)).is_running:
        message = _step(sync)
        outbox.sqs().send_message(QueueUrl=settings.queue_url(QUEUE), MessageBody=message.pointer)
        (sent,) = outbox.sqs().receive_message(QueueUrl=settings.queue_url(QUEUE))["Messages"]
        record = {"messageId": "1", "receiptHandle": sent["ReceiptHandle"], "body": sent["Body"]}
        began = time.perf_counter()
        answer = function(workers()[QUEUE])({"Records": [{**record, "eventSource": "aws:sqs"}]}, Context())
        outbox.sqs().delete_message(QueueUrl=settings.queue_url(QUEUE), ReceiptHandle=sent["ReceiptHandle"])
        if answer != {"batchItemFailures": []}:
            raise RuntimeError(f"a step failed: {answer}")
        steps.append(time.perf_counter() - began)
        print(f"  step {len(steps)}: {steps[-1]:.1f} s, {_now(sync).phase}", file=sys.stderr)
    return sync, steps


def _now(sync: Sync) -> Sync:
    found = syncs.load_sync(sync.tenant_id, sync.id)
    if found is None:
        raise RuntimeError("the sync is gone")
    return found


def _step(sync: Sync) -> outbox.Message:
    """The message of the next step, which the table's stream would route."""
    shards = (Key("gsi1pk").eq(keys.outbox_shard(shard)) for shard in range(keys.OUTBOX_SHARDS))
    waiting = [outbox.Message.model_validate(row) for shard in shards for row in table.query(shard, index="gsi1")]
    (message,) = (each for each in waiting if each.payload == {"sync_id": sync.id, "step": sync.step})
    return message


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Our own calls to DynamoDB."""
    calls: Counter[str] = Counter()
    events = table.client().meta.events

    def count(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    events.register("before-call.dynamodb", count)
    try:
        yield calls
    finally:
        events.unregister("before-call.dynamodb", count)


def main() -> None:
    courses = int(sys.argv[1]) if len(sys.argv) > 1 else COURSES
    followed = int(sys.argv[2]) if len(sys.argv) > 2 else courses
    aws = MiniStack()
    try:
        with sandbox(courses) as url, patch.dict(os.environ, {"STAGE": "local"}):
            aws.wait_until_ready()
            deploy(template.read(), aws.url, {"ImmersioBaseUrl": url}, Secrets(), assets_url=aws.url)
            school = connected()
            follow(school.tenant_id, school.users[Role.MEMBER]["id"], followed)
            with counted() as calls:
                sync, steps = run(school.tenant_id)
            asked = requests.get(f"{url}/_count", timeout=10).json()["requests"]
            found = f"{sync.courses_found} courses, {sync.students} students, {sync.failed} failed"
            print(f"{courses} courses, {followed} of them followed: {sync.status}, {found}")
            print(f"  {len(steps)} steps, the longest {max(steps):.1f} s, {sum(steps):.0f} s in all")
            print(f"  {asked} requests of Immersio, {calls.total()} of DynamoDB: {dict(calls)}")
    finally:
        aws.stop()


if __name__ == "__main__":
    main()
