"""GET /api/v1/public/workshops/{slug}"""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.workshop.holds import held
from kernel import clock
from tests.support import schedules
from tests.support.landing import update as update_page
from tests.support.schools import Schools
from tests.support.staff import call_off
from tests.support.students import WEEK, book, booked, free_workshop, see_workshop
from tests.support.workshops import create, stored, tomorrow, update

pytestmark = pytest.mark.usefixtures("now")


def shown(workshop: dict[str, Any]) -> dict[str, Any]:
    reply = see_workshop(workshop["slug"])
    assert reply.status == 200, reply.body
    page: dict[str, Any] = reply.json
    return page


def refusal(slug: str, school: str | None = "language-academy") -> tuple[int, str]:
    reply = see_workshop(slug, school=school)
    return reply.status, reply.json["code"]


def test_the_public_sees_what_it_is_about_and_its_next_classes(schools: Schools) -> None:
    made = create(schools, recurrence={"frequency": "weekly", "count": 2}, description="For those who negotiate.")
    starts = tomorrow(), tomorrow() + WEEK
    assert shown(made) == {
        "id": made["id"],
        "title": "Business English Workshop",
        "slug": "business-english-workshop",
        "description": "For those who negotiate.",
        "duration": 60,
        "price": 1500,
        "currency": "USD",
        "totalSeats": 8,
        "availableSeats": 8,
        "locations": [{"type": "zoom", "displayValue": "Zoom"}],
        "teacher": {"name": "Mei Tanaka", "bio": None, "avatarUrl": None},
        "schedule": [
            {
                "date": start.date().isoformat(),
                "startTime": clock.iso(start),
                "endTime": clock.iso(start + timedelta(hours=1)),
                "availableSeats": 8,
            }
            for start in starts
        ],
        "bookingUrl": made["bookingUrl"],
        "requiresPayment": True,
        "whitelistEnabled": False,
    }


def test_what_it_shows_can_be_booked(schools: Schools) -> None:
    made = free_workshop(schools)
    schedule = shown(made)["schedule"]
    assert len(schedule) == 8
    for one in schedule:
        assert book(made, at=datetime.fromisoformat(one["startTime"])).status == 201
    assert [one["availableSeats"] for one in shown(made)["schedule"]] == [1] * 8


def test_each_class_has_its_own_seats_and_one_that_was_called_off_is_not_shown(schools: Schools) -> None:
    """INV-09"""
    made = free_workshop(schools)
    booked(made, "ada@example.com")
    booked(made, "bo@example.com")
    call_off(schools, made["id"], tomorrow() + WEEK)
    page = shown(made)
    assert page["availableSeats"] == 0
    assert [one["availableSeats"] for one in page["schedule"]] == [0, *[2] * 6]


def test_a_class_that_has_started_is_not_shown(schools: Schools) -> None:
    made, start = free_workshop(schools), tomorrow()
    with time_machine.travel(start):
        assert shown(made)["schedule"][0]["startTime"] == clock.iso(start + WEEK)


def test_a_day_is_that_of_the_schools_clocks(schools: Schools) -> None:
    late = tomorrow(hour=0)
    made = free_workshop(schools, startsAt=late)
    first = shown(made)["schedule"][0]
    assert first["date"] == late.date().isoformat()
    assert first["startTime"][:10] == (late.date() - timedelta(days=1)).isoformat(), "in UTC it is the day before"


def test_a_workshop_by_a_schedule_shows_sixty_classes(schools: Schools) -> None:
    schedules.create(schools)
    made = free_workshop(schools, recurrence=None, startsAt=None)
    starts = [one["startTime"] for one in shown(made)["schedule"]]
    assert (len(starts), starts) == (60, sorted(starts))


def test_where_it_is_is_told_but_nothing_that_leads_into_the_class(schools: Schools) -> None:
    online = [
        {"type": "zoom", "link": "https://zoom.us/j/123456", "address": "Meeting 123 456"},
        {"type": "google_meet", "link": "https://meet.google.com/abc-defg-hij"},
        {"type": "link", "link": "https://class.example.com/secret"},
        {"type": "in_person", "address": "Hauptstr. 1, Berlin"},
    ]
    reply = see_workshop(create(schools, locations=online)["slug"])
    assert [one["displayValue"] for one in reply.json["locations"]] == [
        "Zoom",
        "Google Meet",
        "Online",
        "Hauptstr. 1, Berlin",
    ]
    assert [secret for secret in ("123", "abc-defg", "secret") if secret in str(reply.json["locations"])] == []


@pytest.mark.parametrize(("price", "requires"), [(0, False), (1, True)])
def test_it_says_whether_it_is_to_be_paid(schools: Schools, price: int, requires: bool) -> None:
    assert shown(create(schools, price=price))["requiresPayment"] is requires


def test_it_says_whether_only_the_listed_may_book(schools: Schools) -> None:
    made = create(schools, whitelistEnabled=True, whitelistEmails=["ada@example.com"])
    reply = see_workshop(made["slug"])
    assert reply.json["whitelistEnabled"] is True
    assert "ada@example.com" not in reply.body


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_offered_is_not_there(schools: Schools, status: str) -> None:
    made = create(schools)
    update(schools, made["id"], status=status)
    assert refusal(made["slug"]) == (404, "WORKSHOP_NOT_FOUND")


def test_it_is_shown_while_somebody_changes_it(schools: Schools) -> None:
    made = free_workshop(schools)
    with held(stored(schools, made["id"])):
        assert shown(made)["slug"] == made["slug"]
        assert book(made).status == 503, "who books has to wait"


def test_whose_it_is_must_be_told_and_right(schools: Schools) -> None:
    """INV-23"""
    made = create(schools)
    assert refusal("no-such-workshop") == (404, "WORKSHOP_NOT_FOUND")
    assert refusal(made["slug"], "nobody") == (404, "TENANT_NOT_FOUND")
    assert refusal(made["slug"], "music-studio") == refusal("no-such-workshop", "music-studio")
    reply = see_workshop(made["slug"], school=None)
    assert (reply.status, reply.json["code"]) == (400, "VALIDATION_ERROR")
    assert reply.json["details"] == [{"field": "tenantSlug", "message": "is required"}]


def test_what_the_page_says_of_the_teacher_is_said_of_the_only_one(schools: Schools) -> None:
    owner = schools.studio.users[Role.OWNER]["id"]
    bio, avatar = "Mira plays the cello.", "https://cdn.example.com/mira.jpg"
    for school in (schools.academy, schools.studio):
        assert update_page(schools, school=school, teacherBio=bio, teacherAvatarUrl=avatar).status == 200
    wanted = {"title": "Cello", "duration": 60, "price": 0, "seats": 4, "teacherId": owner, "locations": []}
    sent = {**wanted, "recurrence": {"frequency": "weekly"}, "startsAt": tomorrow()}
    assert schools.call("immersio.workshop.create", schools.studio.cookie(Role.OWNER), sent=sent).status == 200
    alone = see_workshop("cello", school="music-studio").json["teacher"]
    assert (alone["bio"], alone["avatarUrl"]) == (bio, avatar)
    one_of_many = shown(create(schools))["teacher"]
    assert (one_of_many["bio"], one_of_many["avatarUrl"]) == (None, None)


def test_who_has_it_already_is_told_so_until_a_seat_is_taken(schools: Schools) -> None:
    made = free_workshop(schools)
    first = see_workshop(made["slug"])
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=10"
    assert see_workshop(made["slug"], headers={"if-none-match": tag}).status == 304
    booked(made)
    assert see_workshop(made["slug"], headers={"if-none-match": tag}).status == 200
