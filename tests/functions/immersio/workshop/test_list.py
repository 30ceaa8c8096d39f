"""immersio.workshop.list"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from math import ceil
from typing import Any

import pytest
from moto.backends import get_backend

from immersio.access.model import Role
from immersio.workshop import store
from immersio.workshop.model import Shelf, Workshop
from kernel import keys, table
from tests.support import schedules
from tests.support.schools import Schools, error, gone, result, sample_input
from tests.support.workshops import ask, create, listed, stored, take_seats, teacher_id, tomorrow, update

READS = {"GetItem", "Query", "BatchGetItem"}
DEEP = 100
"""A page behind so many others."""
UNIT = 4096
"""Bytes that one read unit pays for, each row of a get for itself, and those of a query together."""


def test_a_workshop_is_listed_as_specified(schools: Schools) -> None:
    made = create(schools, description="For work.", immersioCourseId="course_abc123", whitelistEnabled=True)
    take_seats(schools, made["id"], tomorrow(), 3)
    take_seats(schools, made["id"], tomorrow() + timedelta(days=7))
    assert listed(schools) == {
        "workshops": [
            {
                "id": made["id"],
                "eventTypeId": made["eventTypeId"],
                "title": "Business English Workshop",
                "slug": "business-english-workshop",
                "description": "For work.",
                "duration": 60,
                "price": 1500,
                "currency": "USD",
                "seats": 8,
                "bookedSeats": 3,
                "teacher": {"id": teacher_id(schools), "name": "Mei Tanaka", "avatarUrl": None},
                "whitelistEnabled": True,
                "immersioCourseId": "course_abc123",
                "status": "active",
                "nextOccurrence": tomorrow(),
                "createdAt": made["createdAt"],
            }
        ],
        "totalCount": 1,
        "page": 1,
        "totalPages": 1,
    }


def test_a_school_without_workshops_has_no_pages(schools: Schools) -> None:
    assert listed(schools) == {"workshops": [], "totalCount": 0, "page": 1, "totalPages": 0}


def test_the_newest_come_first_page_by_page(schools: Schools) -> None:
    made = [create(schools, title=f"Yoga {number}")["id"] for number in range(5)]
    pages = [listed(schools, page=page, limit=2) for page in (1, 2, 3, 4, 10**6)]
    assert [[one["id"] for one in page["workshops"]] for page in pages] == [
        made[:2:-1],
        made[2:0:-1],
        made[:1],
        [],
        [],
    ]
    assert {(page["totalCount"], page["totalPages"]) for page in pages} == {(5, 3)}
    assert [page["page"] for page in pages] == [1, 2, 3, 4, 10**6]


def test_every_combination_of_filters_finds_and_counts_its_own(schools: Schools) -> None:
    courses, teachers = (None, "course_a"), (Role.OWNER, Role.MEMBER)
    for status, teacher, course in product(("active", "draft", "archived"), teachers, courses):
        made = create(schools, teacherId=teacher_id(schools, teacher), immersioCourseId=course)
        if status != "active":
            update(schools, made["id"], status=status)
    everything = listed(schools, limit=100)["workshops"]
    assert len(everything) == 12
    ids = [None, *(teacher_id(schools, teacher) for teacher in teachers)]
    for values in product((None, "active", "draft", "archived"), ids, courses):
        filters: dict[str, Any] = dict(zip(("status", "teacherId", "immersioCourseId"), values, strict=True))
        given = {name: value for name, value in filters.items() if value is not None}
        page = listed(schools, **given, limit=100)
        alike = [one for one in everything if given.items() <= {**one, "teacherId": one["teacher"]["id"]}.items()]
        assert (page["workshops"], page["totalCount"]) == (alike, len(alike))


def test_what_is_changed_moves_to_the_lists_it_belongs_to(schools: Schools) -> None:
    one, other = (create(schools, immersioCourseId="a")["id"] for _ in range(2))
    update(schools, one, immersioCourseId="b", teacherId=teacher_id(schools, Role.OWNER), status="draft")
    update(schools, one, title="Nothing that a list is of")
    update(schools, other, immersioCourseId=None)
    filters: list[dict[str, Any]] = [
        {"immersioCourseId": "a"},
        {"immersioCourseId": "b"},
        {"teacherId": teacher_id(schools)},
        {"teacherId": teacher_id(schools, Role.OWNER)},
        {"status": "active"},
        {"status": "draft"},
    ]
    assert [listed(schools, **each)["totalCount"] for each in filters] == [0, 1, 1, 1, 1, 1]
    assert [each["id"] for each in listed(schools)["workshops"]] == [other, one], "as old as before"


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_only_an_active_one_has_a_next_occurrence(schools: Schools, status: str) -> None:
    made = create(schools)
    take_seats(schools, made["id"], tomorrow())
    update(schools, made["id"], status=status)
    (one,) = listed(schools)["workshops"]
    assert (one["status"], one["nextOccurrence"], one["bookedSeats"]) == (status, None, 0)


def test_each_follows_its_own_teachers_schedule(schools: Schools) -> None:
    evenings = [{"days": [0, 1, 2, 3, 4, 5, 6], "startTime": "20:00", "endTime": "21:00"}]
    openings: dict[str, Any] = {"recurrence": None, "startsAt": None}
    mine = schedules.create(schools, timeZone="UTC", availability=evenings)
    create(schools, **openings, scheduleId=mine)
    create(schools, **openings)
    create(schools, **openings, teacherId=teacher_id(schools, Role.OWNER))
    owners, members, evening = listed(schools)["workshops"]
    assert f"{evening['nextOccurrence']:%H:%M}" == "20:00"
    assert {f"{one['nextOccurrence']:%M}" for one in (owners, members)} == {"00"}
    assert owners["nextOccurrence"] == members["nextOccurrence"] != evening["nextOccurrence"]


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
def test_all_of_the_staff_see_all_of_the_schools_and_no_others(schools: Schools, role: Role) -> None:
    """INV-23"""
    made = create(schools, teacherId=teacher_id(schools, Role.OWNER))
    assert [one["id"] for one in listed(schools, role)["workshops"]] == [made["id"]]
    studio = schools.studio.cookie(Role.OWNER)
    for sent in ({}, {"teacherId": teacher_id(schools, Role.OWNER)}):
        assert result(schools.call("immersio.workshop.list", studio, sent=sent))["totalCount"] == 0


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("page", {"page": 0}),
        ("page", {"page": 1.5}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": 101}),
        ("limit", {"limit": None}),
        ("status", {"status": "gone"}),
        ("teacherId", {"teacherId": "5"}),
        ("immersioCourseId", {"immersioCourseId": ""}),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, field: str, sent: dict[str, Any]) -> None:
    reply = ask(schools, "list", sent)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith(f"{field}: ")


def test_a_page_takes_the_same_number_of_calls_however_many_it_shows(schools: Schools) -> None:
    openings: dict[str, Any] = {"recurrence": None, "startsAt": None}
    schedules.create(schools)
    for role in (Role.MEMBER, Role.OWNER):
        create(schools, teacherId=teacher_id(schools, role))
        create(schools, **openings, teacherId=teacher_id(schools, role))
    with _reading() as few:
        listed(schools)
    for number in range(12):
        create(schools, **(openings if number % 2 else {}), teacherId=teacher_id(schools, Role(list(Role)[number % 3])))
    with _reading() as many:
        assert len(listed(schools)["workshops"]) == 16
    assert Counter(name for name, _ in many) == Counter(name for name, _ in few)


def test_the_first_page_of_fifty_thousand_costs_what_that_of_fifty_costs(schools: Schools) -> None:
    first = stored(schools, create(schools, recurrence=None)["id"])
    _fill(first, range(1, 50))
    of_fifty = _cost(schools, 50)
    _fill(first, range(50, 50_000))
    assert _cost(schools, 50_000) == of_fifty
    assert _cost(schools, 50_000, page=DEEP) < (DEEP - 1) * 20 / 10, "what is skipped are small rows, not workshops"


def test_the_sample_event_is_taken(schools: Schools) -> None:
    create(schools)
    assert result(ask(schools, "list", sample_input("immersio.workshop.list")))["totalCount"] == 1


def _fill(like: Workshop, numbers: range) -> None:
    """So many more workshops like this in the list of all; whole are those of the pages that are looked at.

    They are put straight into moto's tables, because its requests would take minutes.
    """
    backend = get_backend("dynamodb")["123456789012"]["us-east-1"].tables["booking"]
    for number in numbers:
        page = (numbers.stop - number - 1) // 20 + 1
        whole = numbers.stop == 50 or page in {1, DEEP}
        new = store.new_workshop(like.model_copy(update={"id": like.id + number})) if whole else []
        for action in new or store._shelved(like.tenant_id, like.id + number, set(), [Shelf()]):
            if isinstance(action, table.Put):
                backend.put_item(action.request()["Put"]["Item"])
    count = keys.workshop_count(like.tenant_id, *Shelf())
    table.write(table.Update(key=count, set={"workshops": numbers.stop}))


def _cost(schools: Schools, total: int, **asked: Any) -> int:
    """The read units of a page."""
    with _reading() as seen:
        page = listed(schools, **asked)
    assert (page["totalCount"], len(page["workshops"])) == (total, 20)
    return sum(units for _, units in seen)


@contextmanager
def _reading() -> Iterator[list[tuple[str, int]]]:
    """The reads made meanwhile, and the units that DynamoDB would take for each; emulators do not count them."""
    seen: list[tuple[str, int]] = []

    def count(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "Query":
            assert parsed["ScannedCount"] == parsed["Count"], "a filter would pay for what it leaves out"
            seen.append((model.name, ceil(sum(map(_size, parsed["Items"])) / UNIT)))
        elif model.name in READS:
            rows = [parsed["Item"]] if "Item" in parsed else parsed.get("Responses", {}).get("booking", [])
            seen.append((model.name, sum(ceil(_size(row) / UNIT) for row in rows)))

    events = table.client().meta.events
    events.register("after-call.dynamodb", count)
    yield seen
    events.unregister("after-call.dynamodb", count)


def _size(row: dict[str, Any]) -> int:
    """About what DynamoDB takes a row to be: the names of its attributes and their values."""
    return sum(len(name) + len(str(value)) for name, value in table.decode(row).items())


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    """Its zone is asked for where a workshop goes by a schedule that nobody has changed yet."""
    create(schools, recurrence=None, startsAt=None)
    gone(schools.academy)
    reply = ask(schools, "list", {})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
