"""Section 4: each code on a real route, reached by what a client, a partner or a spoilt row would do."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import requests

from kernel import keys
from tests.conformance import documents, founding, limits
from tests.conformance.founding import School
from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.conformance.wire import Reply
from tests.support.local_stack import eventually

TRPC_WORDS = {
    400: ("BAD_REQUEST", -32600),
    401: ("UNAUTHORIZED", -32001),
    402: ("PAYMENT_REQUIRED", -32002),
    403: ("FORBIDDEN", -32003),
    404: ("NOT_FOUND", -32004),
    409: ("CONFLICT", -32009),
    429: ("TOO_MANY_REQUESTS", -32029),
    500: ("INTERNAL_SERVER_ERROR", -32603),
}
"""tRPC's own, for each status."""


def items() -> Iterator[Item]:
    table, reached = documents.load("errors"), documents.load_own("codes")
    assert {line["code"] for line in table} == reached.keys()
    for line in table:
        for surface, name in reached[line["code"]].items():
            says = f"{line['status']}, {line['about']}: {name.replace('_', ' ')}, over {surface}"
            yield Item("4", line["code"], says, partial(_is_answered, line, surface, globals()[name]))


def _is_answered(line: dict[str, Any], surface: str, reach: Any, stage: Stage) -> None:
    reply: Reply = reach(stage)
    assert reply.is_trpc is (surface == "trpc")
    assert (reply.status, reply.code) == (line["status"], line["code"]), reply
    if not reply.is_trpc:
        assert reply.body["error"]
        assert reply.body.keys() <= {"error", "code", "details"}, reply
        return
    data = reply.error["data"]
    assert reply.error["message"]
    assert (data["code"], reply.error["code"]) == TRPC_WORDS[line["status"]], reply
    assert (data["httpStatus"], data["appCode"]) == (line["status"], line["code"]), reply


# over REST


def no_api_key(stage: Stage) -> Reply:
    return stage.wire.send("GET", "/api/resman/tours/availability")


def more_bookings_than_planned(stage: Stage) -> Reply:
    """The smallest plan has ten a month."""
    school = stage.founded(plan="lite")
    workshop = stage.workshop(school)
    for _ in range(10):
        assert book(stage, school, workshop["slug"]).status == 201
    return book(stage, school, workshop["slug"])


def no_such_tour(stage: Stage) -> Reply:
    key = {"x-api-key": stage.told["toursApiKey"]}
    return stage.wire.send("GET", "/api/resman/tours/tour_of_nobody", headers=key)


def no_such_school(stage: Stage) -> Reply:
    return stage.wire.send("GET", "/api/v1/public/landing/no-such-school")


def no_such_public_workshop(stage: Stage) -> Reply:
    return book(stage, stage.annex, "no-such-workshop")


def no_such_public_booking(stage: Stage) -> Reply:
    return stage.wire.send("GET", "/api/v1/public/bookings/booking_of_nobody", params={"token": "manage_none"})


def booking_without_attendee(stage: Stage) -> Reply:
    workshop = stage.workshop(stage.annex)
    path, school = f"/api/v1/public/workshops/{workshop['slug']}/bookings", {"tenantSlug": stage.annex.slug}
    return stage.wire.send("POST", path, params=school, json={"startTime": stage.in_days(1).isoformat()})


def not_on_the_list(stage: Stage) -> Reply:
    return book(stage, stage.annex, stage.workshop(stage.annex, whitelistEnabled=True)["slug"])


def fully_booked(stage: Stage) -> Reply:
    workshop = stage.workshop(stage.annex, seats=1)
    assert book(stage, stage.annex, workshop["slug"]).status == 201
    return book(stage, stage.annex, workshop["slug"])


def stripe_says_no(stage: Stage) -> Reply:
    """Stripe itself refuses to open a page for this payment."""
    refusal = {"error": {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}}
    school = academy(stage)
    workshop = stage.workshop(school, price=1500)
    stage.story.stripe.fail(path="/v1/checkout/sessions", status=402, body=refusal, times=1)
    try:
        return book(stage, school, workshop["slug"])
    finally:
        stage.story.stripe.mend()


def too_late_for_a_refund(stage: Stage) -> Reply:
    """The class starts before the window of twelve hours has begun."""
    workshop = stage.workshop(academy(stage), price=1500, startsAt=stage.in_hours(2))
    seat = stage.story.paid(stage.story.attendee, workshop["slug"], stage.in_hours(2))
    sent = {"token": seat["manageToken"], "requireRefund": True}
    return stage.wire.send("POST", f"/api/v1/public/bookings/{seat['booking']['uid']}/cancel", json=sent)


def school_without_stripe(stage: Stage) -> Reply:
    return book(stage, stage.annex, stage.workshop(stage.annex, price=1500)["slug"])


def resman_signed_by_another(stage: Stage) -> Reply:
    return stage.wire.signed("/api/resman/webhooks/tour-update", "not the secret", {}, {})


def too_many_requests(stage: Stage) -> Reply:
    return limits.refusal("Public APIs", stage)


def public_page_of_a_spoilt_row(stage: Stage) -> Reply:
    school, workshop = spoilt(stage)
    asked = {"tenantSlug": school.slug}
    return stage.wire.send("GET", f"/api/v1/public/workshops/{workshop['slug']}", params=asked)


# over tRPC


def no_session(stage: Stage) -> Reply:
    return stage.wire.procedure("immersio.tenant.get", {}, None, "query")


def statistics_for_a_teacher(stage: Stage) -> Reply:
    return stage.wire.procedure("immersio.tenant.getStats", {"period": "week"}, stage.annex.teacher, "query")


def no_such_schedule(stage: Stage) -> Reply:
    return stage.wire.procedure("viewer.availability.schedule.get", {"scheduleId": 1}, stage.principal, "query")


def school_that_is_gone(stage: Stage) -> Reply:
    school = stage.founded()
    founding.gone(stage.told, keys.tenant(school.id))
    return stage.wire.procedure("immersio.tenant.get", {}, school.owner, "query")


def no_such_workshop(stage: Stage) -> Reply:
    return stage.wire.procedure("immersio.workshop.getBookings", {"workshopId": 1}, stage.principal, "query")


def no_such_booking(stage: Stage) -> Reply:
    return stage.wire.procedure("immersio.booking.cancel", {"uid": "booking_of_nobody"}, stage.principal, "mutation")


def workshop_without_title(stage: Stage) -> Reply:
    return stage.wire.procedure("immersio.workshop.create", {"title": ""}, stage.principal, "mutation")


def school_without_immersio(stage: Stage) -> Reply:
    return stage.wire.procedure("immersio.integration.syncCourses", {}, stage.new_owner, "mutation")


def second_sync(stage: Stage) -> Reply:
    """While Immersio takes its time to answer the first."""
    immersio = stage.told["sandboxes"]["immersio"]
    assert eventually(lambda: not stage.is_syncing())
    stage.sandbox("immersio", "/_faults", path="/courses", delaySeconds=2, times=1)
    try:
        first, second = (
            stage.wire.procedure("immersio.integration.syncCourses", {}, stage.owner, "mutation") for _ in range(2)
        )
        assert first.status == 200, first
        assert eventually(lambda: not stage.is_syncing())
    finally:
        requests.delete(f"{immersio}/_faults", timeout=60).raise_for_status()
    return second


def too_many_syncs(stage: Stage) -> Reply:
    return limits.refusal("Sync operations", stage)


def spoilt_row(stage: Stage) -> Reply:
    school, workshop = spoilt(stage)
    return stage.wire.procedure("immersio.workshop.get", {"id": workshop["id"]}, school.owner, "query")


def spoilt(stage: Stage) -> tuple[School, dict[str, Any]]:
    """A workshop whose row somebody has damaged."""
    school = stage.founded()
    workshop = stage.workshop(school)
    founding.broken(stage.told, keys.workshop(school.id, workshop["id"]), "duration")
    return school, workshop


def academy(stage: Stage) -> School:
    """The demo's, which can take money."""
    told = stage.told
    teacher, cookies = told["teacherId"], told["cookies"]
    return School(told["tenant"]["id"], told["tenant"]["slug"], 0, cookies["owner"], teacher, cookies["member"])


def book(stage: Stage, school: School, slug: str) -> Reply:
    attendee = {"email": stage.new_email, "name": "Ada", "timeZone": "UTC"}
    sent = {"startTime": stage.in_days(1).isoformat(), "attendee": attendee}
    return stage.wire.send(
        "POST", f"/api/v1/public/workshops/{slug}/bookings", params={"tenantSlug": school.slug}, json=sent
    )
