"""GET /api/v1/public/landing/{slug}"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.workshop import store
from kernel import clock, keys, table
from tests.support.landing import publish, update
from tests.support.lists import hooked
from tests.support.schools import Schools
from tests.support.staff import call_off
from tests.support.students import WEEK, booked, free_workshop, join, see_school
from tests.support.workshops import create, stored, tomorrow
from tests.support.workshops import update as change

TEACHER = "Mei Tanaka"

pytestmark = pytest.mark.usefixtures("now")


def shown(slug: str = "language-academy") -> dict[str, Any]:
    reply = see_school(slug)
    assert reply.status == 200, reply.body
    page: dict[str, Any] = reply.json
    return page


def offers() -> list[str]:
    return [one["slug"] for one in shown()["workshops"]]


def test_the_public_sees_the_school_its_page_and_what_can_be_booked(schools: Schools) -> None:
    made = create(schools, description="For those who negotiate.")
    update(schools, pageTitle="Learn Languages Online", socialLinks={"youtube": "https://youtube.com/@academy"})
    publish(schools)
    assert shown() == {
        "tenant": {"name": "Language Academy", "logoUrl": "https://cdn.example.com/language-academy.png"},
        "settings": {
            "templateId": "education",
            "primaryColor": "#0066FF",
            "secondaryColor": "#00A37A",
            "heroImageUrl": None,
            "pageTitle": "Learn Languages Online",
            "pageSubtitle": "Live classes in small groups. Pick a time that suits you, and book your seat.",
            "teacherBio": None,
            "teacherAvatarUrl": None,
            "socialLinks": {"youtube": "https://youtube.com/@academy"},
            "ctaText": "Book now",
            "metaTitle": None,
            "metaDescription": None,
        },
        "workshops": [
            {
                "id": made["id"],
                "title": "Business English Workshop",
                "slug": "business-english-workshop",
                "description": "For those who negotiate.",
                "duration": 60,
                "price": 1500,
                "currency": "USD",
                "availableSeats": 8,
                "teacher": {"name": TEACHER, "avatarUrl": None},
                "nextOccurrence": clock.iso(tomorrow()),
                "bookingUrl": made["bookingUrl"],
            }
        ],
    }


def test_a_new_school_can_be_published_as_it_is(schools: Schools) -> None:
    publish(schools)
    page = shown()
    assert page["workshops"] == []
    assert page["settings"]["pageTitle"] == "Learn with Language Academy"


@pytest.mark.parametrize("slug", ["music-studio", "nobody", "Language-Academy", "x" * 300, "ü"])
def test_a_school_that_has_not_published_is_not_there(schools: Schools, slug: str) -> None:
    publish(schools)
    reply = see_school(slug)
    assert (reply.status, reply.json["code"]) == (404, "TENANT_NOT_FOUND")


def test_the_refusal_is_worded_as_specified(schools: Schools) -> None:
    assert see_school("nobody").json == {"error": "Tenant not found", "code": "TENANT_NOT_FOUND"}


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_only_what_can_be_booked_is_offered(schools: Schools, status: str) -> None:
    publish(schools)
    made = create(schools)
    create(schools, title="Spanish")
    change(schools, made["id"], status=status)
    assert offers() == ["spanish"]


def test_the_newest_come_first(schools: Schools) -> None:
    publish(schools)
    for title in ("English", "French", "German"):
        create(schools, title=title)
    assert offers() == ["german", "french", "english"]


def test_seats_are_those_of_the_next_class(schools: Schools) -> None:
    publish(schools)
    made = free_workshop(schools, seats=2)
    booked(made, "ada@example.com")
    booked(made, "bo@example.com", at=tomorrow() + WEEK)
    assert [one["availableSeats"] for one in shown()["workshops"]] == [1]


def test_a_full_class_has_none_left_and_neither_has_one_that_somebody_waits_for(schools: Schools) -> None:
    """INV-06"""
    publish(schools)
    made = free_workshop(schools, seats=1)
    booked(made, "ada@example.com")
    assert [one["availableSeats"] for one in shown()["workshops"]] == [0]
    join(made, "bo@example.com")
    change(schools, made["id"], seats=2)
    assert [one["availableSeats"] for one in shown()["workshops"]] == [0], "the second will be offered to who waits"
    schools.run_workers("immersio-seats")
    assert [one["availableSeats"] for one in shown()["workshops"]] == [0], "it is offered"


def test_no_class_shows_fewer_seats_than_none(schools: Schools) -> None:
    """INV-06: also where a row says less than what is sold, which no procedure lets it."""
    publish(schools)
    made = free_workshop(schools, seats=2)
    booked(made, "ada@example.com")
    booked(made, "bo@example.com")
    table.write(table.Update(key=keys.workshop(schools.academy.tenant_id, made["id"]), set={"seats": 1}))
    assert [one["availableSeats"] for one in shown()["workshops"]] == [0]


def test_a_class_that_was_called_off_is_passed_over(schools: Schools) -> None:
    publish(schools)
    made = free_workshop(schools)
    call_off(schools, made["id"])
    assert [one["nextOccurrence"] for one in shown()["workshops"]] == [clock.iso(tomorrow() + WEEK)]


def test_a_year_of_classes_that_were_called_off_is_passed_over_in_a_few_reads(schools: Schools) -> None:
    publish(schools)
    made = free_workshop(schools, recurrence={"frequency": "weekly", "count": 60})
    few = reads()
    for week in range(55):
        call_off(schools, made["id"], tomorrow() + week * WEEK)
    many = reads()
    assert [one["nextOccurrence"] for one in shown()["workshops"]] == [clock.iso(tomorrow() + 55 * WEEK)]
    assert sum(many.values()) <= sum(few.values()) + 3


def test_who_has_left_the_school_is_not_named_any_more(schools: Schools) -> None:
    publish(schools)
    create(schools)
    academy = schools.academy
    removed = {"teamIds": [academy.tenant_id], "memberIds": [academy.users[Role.MEMBER]["id"]]}
    assert schools.call("viewer.teams.removeMember", academy.cookie(Role.OWNER), sent=removed).status == 200
    assert [one["teacher"] for one in shown()["workshops"]] == [{"name": "", "avatarUrl": None}]


def test_a_series_that_is_over_has_no_next_class_and_no_seats(schools: Schools) -> None:
    publish(schools)
    free_workshop(schools, recurrence={"frequency": "none"})
    with time_machine.travel(clock.now() + timedelta(days=3)):
        assert [(one["nextOccurrence"], one["availableSeats"]) for one in shown()["workshops"]] == [(None, 0)]


def test_it_takes_as_many_reads_with_two_hundred_workshops_as_with_five(schools: Schools) -> None:
    publish(schools)
    first = stored(schools, create(schools)["id"])
    more(schools, first.id, range(1, 5))
    few = reads()
    more(schools, first.id, range(5, 200))
    many = reads()
    assert len(shown()["workshops"]) == 200
    assert many.keys() == few.keys()
    assert sum(many.values()) <= sum(few.values()) + 2, "rows are read a hundred at once"


def test_no_more_than_two_hundred_are_shown(schools: Schools) -> None:
    publish(schools)
    first = stored(schools, create(schools)["id"])
    more(schools, first.id, range(1, 202))
    assert len(shown()["workshops"]) == 200


def more(schools: Schools, first: int, numbers: range) -> None:
    like = stored(schools, first)
    for number in numbers:
        new = like.model_copy(update={"id": first + number, "slug": f"{like.slug}-{number}"})
        table.write(*store.new_workshop(new))


def reads() -> Counter[str]:
    seen: Counter[str] = Counter()
    with hooked("before-call.dynamodb", lambda model, **_: seen.update([model.name])):
        shown()
    return seen


def test_who_has_it_already_is_told_so_until_something_changes(schools: Schools) -> None:
    publish(schools)
    first = see_school()
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=60"
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = see_school(headers={"if-none-match": sent})
        assert (again.status, again.body, again.headers["etag"]) == (304, "", tag)
    update(schools, ctaText="Join us")
    changed = see_school(headers={"if-none-match": tag})
    assert changed.status == 200
    assert changed.json["settings"]["ctaText"] == "Join us"
    assert changed.headers["etag"] != tag


def test_a_refusal_is_kept_by_nobody(schools: Schools) -> None:
    reply = see_school("music-studio")
    assert reply.headers["cache-control"] == "no-store"
    assert "etag" not in reply.headers


def test_nobodys_address_or_number_is_shown(schools: Schools) -> None:
    publish(schools)
    create(schools)
    told = see_school().body
    assert [mark for mark in schools.academy.marks - {schools.academy.slug} if mark in told] == []
