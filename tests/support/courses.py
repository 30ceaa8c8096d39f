"""Immersio's events as they arrive, workshops that follow a course, and what is done about it later."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from immersio.access.model import Role
from immersio.course import duties, store, worker
from immersio.course.model import KnownCourse
from immersio.whitelist import service as whitelists
from immersio.whitelist import store as lists
from kernel import clock, ids, outbox, signatures
from tests.support import immersio, workshops
from tests.support.immersio import COURSE, Told
from tests.support.schools import Schools, result
from tests.support.workers import Context, function
from tests.support.world import IMMERSIO, Reply

RECEIVER = "immersio/webhooks/immersio"


def receive(body: bytes, headers: dict[str, str], *, as_base64: bool = False) -> Reply:
    """What Immersio is answered."""
    event = {
        "version": "2.0",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"http": {"method": "POST", "sourceIp": "198.51.100.2"}, "requestId": "immersio"},
        "body": base64.b64encode(body).decode() if as_base64 else body.decode(),
        "isBase64Encoded": as_base64,
    }
    answer = function(RECEIVER)(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])


def deliver(told: Told) -> Reply:
    """As the sandbox sends it."""
    return receive(told.body.encode(), told.headers)


def headers_of(body: bytes, at: datetime | None = None, secret: str = IMMERSIO["webhook_secret"]) -> dict[str, str]:
    timestamp = clock.epoch(at or clock.now())
    signature = signatures.sign(secret, timestamp, body)
    return {"X-Webhook-Timestamp": str(timestamp), "X-Webhook-Signature": signature}


def event(kind: str, data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    usual = {"event": kind, "data": data, "timestamp": clock.iso(clock.now()), "webhookId": ids.new("wh")}
    return {**usual, **changes}


def send(told: dict[str, Any]) -> Reply:
    body = json.dumps(told).encode()
    return receive(body, headers_of(body))


def happens(kind: str, data: dict[str, Any], at: datetime | None = None, **changes: Any) -> Reply:
    """An event of which nothing is unusual but what is given."""
    return send(event(kind, data, timestamp=clock.iso(at or clock.now()), **changes))


def student(number: int = 1, email: str | None = None, course_id: str = COURSE) -> dict[str, Any]:
    """Somebody who is on no roster yet."""
    student_id = f"student_{number:03}"
    return {
        "courseId": course_id,
        "studentId": student_id,
        "email": email or f"{student_id}@example.com",
        "name": f"Student {number}",
    }


def followed(schools: Schools, course_id: str = COURSE, **changes: Any) -> int:
    """The id of a workshop of the academy, connected, that follows a course and has its roster on the list."""
    if store.load_owner(course_id) is None:
        immersio.connect(schools)
    made: int = workshops.create(schools, whitelistEnabled=True, **changes)["id"]
    map_course(schools, made, course_id)
    return made


def map_course(
    schools: Schools, workshop_id: int, course_id: str = COURSE, role: Role = Role.OWNER, **changes: Any
) -> dict[str, Any]:
    told: dict[str, Any] = result(ask_to_map(schools, workshop_id, course_id, role, **changes))
    return told


def ask_to_map(
    schools: Schools, workshop_id: int, course_id: str = COURSE, role: Role = Role.OWNER, **changes: Any
) -> Reply:
    sent = {"workshopId": workshop_id, "immersioCourseId": course_id, **changes}
    return schools.call("immersio.integration.mapCourse", schools.academy.cookie(role), sent=sent)


def listed(schools: Schools, workshop_id: int) -> list[str]:
    """The addresses on a workshop's list, whose count is what they are."""
    found = [one.email for one in whitelists.listed(schools.academy.tenant_id, workshop_id)]
    number = lists.current_number(schools.academy.tenant_id, workshop_id)
    generation = lists.load_generation(schools.academy.tenant_id, workshop_id, number or 0)
    assert (generation.count if generation else 0) == len(found)
    return found


def roster(schools: Schools, course_id: str = COURSE) -> dict[str, str]:
    """Who is enrolled, and under which address."""
    return {one.student_id: one.email for one in store.enrolled(schools.academy.tenant_id, course_id)}


def course(schools: Schools, course_id: str = COURSE) -> KnownCourse:
    known = store.load_course(schools.academy.tenant_id, course_id)
    assert known
    return known


def do_duties(schools: Schools) -> list[str]:
    """What the worker of the queue does with all that is owed, and with what comes of that; the kinds, in order."""
    done: list[str] = []
    seen: set[str] = set()
    while left := [one for one in _owed(schools) if one.id not in seen]:
        for message in left:
            seen.add(message.id)
            worker.DUTIES[message.kind](message)
            done.append(message.kind)
    return done


def a_while_ago(minutes: int = 10) -> datetime:
    return clock.now() - timedelta(minutes=minutes)


def _owed(schools: Schools) -> list[outbox.Message]:
    return [one for one in schools.messages() if one.queue == duties.QUEUE and one.kind in worker.DUTIES]
