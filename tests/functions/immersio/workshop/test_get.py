"""immersio.workshop.get"""

from datetime import timedelta

import pytest

from immersio.access.model import Role
from kernel import keys, table
from tests.support.schools import Schools, error, gone, result, sample_input
from tests.support.workshops import ask, create, get, take_seats, teacher_id, tomorrow, update


def test_the_next_ten_occurrences_come_with_the_seats_that_are_taken(schools: Schools) -> None:
    """INV-09: each occurrence has seats of its own."""
    made = create(schools, recurrence={"frequency": "weekly", "count": 12}, duration=90)
    starts = [tomorrow() + timedelta(days=7 * week) for week in range(10)]
    take_seats(schools, made["id"], starts[0], 8)
    take_seats(schools, made["id"], starts[9])
    assert get(schools, made["id"])["occurrences"] == [
        {"startTime": start, "endTime": start + timedelta(minutes=90), "bookedSeats": taken}
        for start, taken in zip(starts, [8, *[0] * 8, 1], strict=True)
    ]


def test_a_draft_shows_when_it_would_take_place_and_an_archived_one_nothing(schools: Schools) -> None:
    made = create(schools)["id"]
    drafted, archived = (update(schools, made, status=status) for status in ("draft", "archived"))
    assert (len(drafted["occurrences"]), drafted["nextOccurrence"]) == (8, None)
    assert (archived["occurrences"], archived["nextOccurrence"]) == ([], None)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
def test_all_of_the_staff_may_look_at_any(schools: Schools, role: Role) -> None:
    made = create(schools, teacherId=teacher_id(schools, Role.OWNER))
    assert get(schools, made["id"], role)["teacher"]["name"] == "Olga Brandt"


def test_another_schools_workshop_is_not_there(schools: Schools) -> None:
    """INV-23"""
    made, cookie = create(schools), schools.studio.cookie(Role.OWNER)
    missing, others = (schools.call("immersio.workshop.get", cookie, sent={"id": one}) for one in (1, made["id"]))
    assert (missing.status, error(missing)["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    assert others == missing


def test_a_workshop_whose_teacher_left_is_still_shown(schools: Schools) -> None:
    made = create(schools)
    table.write(table.Delete(key=keys.membership(schools.academy.tenant_id, teacher_id(schools))))
    assert get(schools, made["id"])["teacher"]["name"] == "Mei Tanaka"
    table.write(table.Delete(key=keys.user(teacher_id(schools))))
    assert get(schools, made["id"])["teacher"] == {"id": teacher_id(schools), "name": "", "avatarUrl": None}


def test_the_sample_event_is_taken(schools: Schools) -> None:
    made = create(schools)
    sent = sample_input("immersio.workshop.get") | {"id": made["id"]}
    assert result(ask(schools, "get", sent))["slug"] == made["slug"]


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    made = create(schools)
    gone(schools.academy)
    reply = ask(schools, "get", {"id": made["id"]})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
