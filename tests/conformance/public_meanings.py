"""What landing pages, public pages, sign-on and Immersio's webhook are there for, seen by what comes of each."""

from datetime import timedelta
from functools import partial
from typing import Any

import requests

from tests.conformance.cast import A_CLASS
from tests.conformance.documents import operation
from tests.conformance.founding import School
from tests.conformance.seats import asked, book, booked, cancelled
from tests.conformance.stage import Stage
from tests.support.local_stack import eventually

WEBHOOK = operation("POST /api/v1/webhooks/immersio")


def a_new_page_can_be_published(stage: Stage) -> None:
    told = asked(stage, "immersio.landing.getSettings", {}, stage.founded(name="Night School"))
    assert (told["isPublished"], told["publicUrl"]) == (False, None)
    assert "Night School" in told["pageTitle"]
    assert told["ctaText"]


def what_is_given_changes_and_the_rest_stays(stage: Stage) -> None:
    school, update = stage.founded(), operation("immersio.landing.updateSettings")
    expected: dict[str, Any] = {}
    for change in ({**update.sends, "pageTitle": "Ours"}, {"pageTitle": "Theirs"}, {"metaTitle": None}):
        stage.ask(update.name, change, school.owner)
        expected |= change
        told = asked(stage, "immersio.landing.getSettings", {}, school)
        assert {name: told[name] for name in expected} == expected


def the_public_sees_it_from_now_on(stage: Stage) -> None:
    school = stage.founded()
    path = f"/api/v1/public/landing/{school.slug}"
    assert stage.wire.send("GET", path).code == "TENANT_NOT_FOUND"
    told = stage.ask("immersio.landing.publish", {}, school.owner)
    assert stage.wire.send("GET", path).status == 200
    assert asked(stage, "immersio.landing.getSettings", {}, school)["publicUrl"] == told["publicUrl"]
    assert asked(stage, "immersio.tenant.get", {}, school)["landingPagePublished"]


def an_image_is_served(stage: Stage) -> None:
    image = requests.get(stage.call(operation("immersio.landing.uploadAsset")).value["url"], timeout=60)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    assert image.content.startswith(b"\x89PNG")


def the_public_sees_what_can_be_booked(stage: Stage) -> None:
    school = stage.founded(name="Night School")
    shown, draft = stage.workshop(school, seats=5), stage.workshop(school, title="Another")
    stage.ask("immersio.workshop.update", {"id": draft["id"], "status": "draft"}, school.owner)
    booked(stage, school, shown)
    stage.ask("immersio.landing.publish", {}, school.owner)
    page = stage.wire.send("GET", f"/api/v1/public/landing/{school.slug}").value
    settings = asked(stage, "immersio.landing.getSettings", {}, school)
    assert page["tenant"]["name"] == "Night School"
    assert page["settings"] == {name: settings[name] for name in page["settings"]}
    (offered,) = page["workshops"]
    like = {"id": shown["id"], "slug": shown["slug"], "bookingUrl": shown["bookingUrl"], "availableSeats": 4}
    said = {name: A_CLASS[name] for name in ("title", "description", "duration", "price")}
    assert {name: offered[name] for name in (*like, *said)} == {**like, **said}
    assert offered["nextOccurrence"][:16] == stage.in_days(1).isoformat()[:16]


def the_public_sees_the_classes(stage: Stage) -> None:
    free, paid = stage.workshop(stage.annex, seats=5), stage.workshop(stage.annex, price=1500, whitelistEnabled=True)
    booked(stage, stage.annex, free, stage.in_days(8))
    there = {"tenantSlug": stage.annex.slug}
    page, other = (
        stage.wire.send("GET", f"/api/v1/public/workshops/{one['slug']}", params=there).value for one in (free, paid)
    )
    starts = [stage.in_days(1) + week * timedelta(days=7) for week in range(8)]
    ends = [start + timedelta(hours=1) for start in starts]
    assert [one["startTime"][:16] for one in page["schedule"]] == [start.isoformat()[:16] for start in starts]
    assert [one["endTime"][:16] for one in page["schedule"]] == [end.isoformat()[:16] for end in ends]
    assert [one["date"] for one in page["schedule"]] == [f"{start:%Y-%m-%d}" for start in starts]
    assert [one["availableSeats"] for one in page["schedule"]] == [5, 4, *[5] * 6]
    assert (page["totalSeats"], page["availableSeats"], page["bookingUrl"]) == (5, 5, free["bookingUrl"])
    assert [(one["price"], one["requiresPayment"], one["whitelistEnabled"]) for one in (page, other)] == [
        (0, False, False),
        (1500, True, True),
    ]


def whoever_the_token_names_is_signed_in(stage: Stage) -> None:
    email = stage.new_email
    token = stage.sandbox("immersio", "/_token", orgId=stage.org, email=email, name="Ada King")["token"]
    user = stage.call(operation("POST /api/v1/oauth/immersio/callback"), {"token": token, "redirectUrl": "/"}).value[
        "user"
    ]
    assert (user["email"], user["name"], user["tenantId"]) == (email, "Ada King", stage.told["tenant"]["id"])


def who_is_enrolled_may_book(stage: Stage) -> None:
    """Until they are not any more; and a change of their address goes with them."""
    course, old, new = stage.new_course, stage.new_email, stage.new_email
    workshop = stage.ask(
        "immersio.workshop.create",
        {**A_CLASS, "teacherId": stage.told["teacherId"], "startsAt": stage.in_days(1), "whitelistEnabled": True},
        stage.owner,
    )
    mapped = {"workshopId": workshop["id"], "immersioCourseId": course, "syncStudents": True}
    stage.ask("immersio.integration.mapCourse", mapped, stage.owner)
    student = {"courseId": course, "studentId": stage.new_id, "name": "John Doe"}

    def told(event: str, email: str, wanted: dict[str, int]) -> None:
        sent = {**WEBHOOK.sends, "event": event, "data": {**student, "email": email}}
        assert stage.call(WEBHOOK, sent).body == {"success": True, "processed": True}
        for one, status in wanted.items():
            assert eventually(partial(_is_answered, stage, workshop, one, status)), (event, one)

    told("student.enrolled", old, {old: 201})
    told("student.updated", new, {new: 201, old: 403})
    told("student.unenrolled", new, {new: 403})


def _is_answered(stage: Stage, workshop: dict[str, Any], email: str, status: int) -> bool:
    """Who wants a seat; one that they get by this is given back."""
    academy = School(0, stage.told["tenant"]["slug"], 0, "", 0, "")
    reply = book(stage, academy, workshop, email)
    if reply.status == 201:
        cancelled(stage, reply.value)
    return reply.status == status
