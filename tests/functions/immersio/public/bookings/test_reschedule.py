"""POST /api/v1/public/bookings/{uid}/reschedule"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock
from tests.support.lists import hooked
from tests.support.money import Money
from tests.support.schools import Schools, gone
from tests.support.students import (
    COMMIT,
    WEEK,
    Died,
    book,
    booked,
    cancel,
    dying,
    events,
    free_workshop,
    move,
    occupancy,
    read,
    stored_booking,
)
from tests.support.workshops import tomorrow, update

pytestmark = pytest.mark.usefixtures("now")


def taken(schools: Schools, made: dict[str, Any]) -> list[int]:
    """In the first class and in the second."""
    return [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in (0, 1)]


def test_a_seat_is_exchanged_for_one_in_another_class(schools: Schools) -> None:
    """INV-04: the next one gets the seat that is left."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    reply = move(uid, token, tomorrow() + WEEK)
    booking = reply.json["booking"]
    assert (reply.status, booking["status"], booking["uid"]) == (200, "accepted", uid)
    assert (booking["startTime"], booking["endTime"]) == (
        clock.iso(tomorrow() + WEEK),
        clock.iso(tomorrow() + WEEK + timedelta(hours=1)),
    )
    assert read(uid, token).json["booking"] == booking
    assert taken(schools, made) == [0, 1]
    assert book(made, "bo@example.com").status == 201


def test_a_class_that_is_full_is_refused_and_the_seat_stays(schools: Schools) -> None:
    """INV-01"""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    booked(made, "bo@example.com", at=tomorrow() + WEEK)
    answer = move(uid, token, tomorrow() + WEEK)
    assert (answer.status, answer.json["code"]) == (409, "NO_SEATS_AVAILABLE")
    assert read(uid, token).json["booking"]["startTime"] == clock.iso(tomorrow())
    assert taken(schools, made) == [1, 1]


def test_nobody_gets_two_seats_in_a_class_by_moving(schools: Schools) -> None:
    """INV-08"""
    made = free_workshop(schools)
    uid, token = booked(made)
    booked(made, at=tomorrow() + WEEK)
    assert move(uid, token, tomorrow() + WEEK).json["code"] == "CONFLICT"
    assert taken(schools, made) == [1, 1]


def test_moving_twice_to_the_same_class_moves_once(schools: Schools) -> None:
    """INV-11"""
    made = free_workshop(schools)
    uid, token = booked(made)
    first = move(uid, token, tomorrow() + WEEK)
    assert move(uid, token, tomorrow() + WEEK) == first
    booking = stored_booking(schools, uid)
    assert booking
    assert booking.revision == 2


def test_who_moves_there_and_back_has_one_seat(schools: Schools) -> None:
    """INV-04: whatever messages of earlier moves come later."""
    made = free_workshop(schools)
    uid, token = booked(made)
    for week in (1, 0, 1, 0):
        assert move(uid, token, tomorrow() + WEEK * week).status == 200
    schools.run_workers("immersio-seats")
    assert taken(schools, made) == [1, 0]


def test_two_clicks_of_one_moment_move_once(schools: Schools) -> None:
    """INV-11: the second is sent while the first commits."""
    made = free_workshop(schools)
    uid, token = booked(made)
    replies = list[Any]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not replies and '"settle"' in str(params).replace("'", '"'):
            replies.append(None)
            replies[0] = move(uid, token, tomorrow() + WEEK)

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", interfere):
        late = move(uid, token, tomorrow() + WEEK)
    assert late == replies[0]
    assert taken(schools, made) == [0, 1]
    schools.run_workers("immersio-seats")
    assert taken(schools, made) == [0, 1]


@pytest.mark.parametrize("call", range(8))
def test_wherever_moving_dies_there_is_one_seat(schools: Schools, now: time_machine.Traveller, call: int) -> None:
    """INV-04, INV-27: and the class the booking names is the one it is in."""
    made = free_workshop(schools)
    uid, token = booked(made)
    with dying("before-call.dynamodb", call) as died:
        try:
            move(uid, token, tomorrow() + WEEK)
        except Died:
            assert died()
    now.shift(timedelta(minutes=3))
    schools.sweep()
    schools.run_workers("immersio-seats")
    book(made, "bo@example.com", at=tomorrow() + WEEK)  # who finds what is over settles it, if the class is full
    booking = stored_booking(schools, uid)
    assert booking
    live = {place: occupancy(schools, made, place).claims.get(uid) for place in (tomorrow(), tomorrow() + WEEK)}
    assert live[booking.starts_at] is not None
    others = [claim for place, claim in live.items() if claim and place != booking.starts_at]
    assert all(claim.is_over(clock.now()) for claim in others)


@pytest.mark.parametrize(
    ("at", "rule"),
    [(timedelta(hours=1), "no class"), (timedelta(days=-7), "no class"), (timedelta(weeks=9), "no class")],
)
def test_a_class_that_there_is_not_is_refused(schools: Schools, at: timedelta, rule: str) -> None:
    uid, token = booked(free_workshop(schools))
    answer = move(uid, token, tomorrow() + at)
    assert (answer.status, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert rule in answer.json["error"]


def test_a_workshop_that_is_not_offered_any_more_has_no_other_class_to_move_to(schools: Schools) -> None:
    made = free_workshop(schools)
    uid, token = booked(made)
    update(schools, made["id"], status="archived")
    refused = move(uid, token, tomorrow() + WEEK)
    assert (refused.status, refused.json["code"]) == (404, "WORKSHOP_NOT_FOUND")
    assert "not offered any more" in refused.json["error"]
    assert taken(schools, made) == [1, 0]


def test_a_cancelled_seat_is_not_moved(schools: Schools) -> None:
    """INV-14"""
    made = free_workshop(schools)
    uid, token = booked(made)
    cancel(uid, token)
    assert move(uid, token, tomorrow() + WEEK).status == 409
    assert taken(schools, made) == [0, 0]


def test_a_seat_that_is_not_paid_yet_is_not_moved(schools: Schools, money: Money) -> None:
    made = money.workshop()
    uid, token = money.booked(made)
    assert move(uid, token, tomorrow() + WEEK).status == 409
    assert taken(schools, made) == [1, 0]


def test_a_class_that_has_started_is_not_left(schools: Schools, now: time_machine.Traveller) -> None:
    uid, token = booked(free_workshop(schools))
    now.move_to(tomorrow())
    at = clock.now()
    assert move(uid, token, at + WEEK).status == 409


def test_only_its_own_token_moves_a_seat(schools: Schools) -> None:
    """INV-24"""
    made = free_workshop(schools)
    (uid, token), (other, _) = booked(made), booked(made, "bo@example.com")
    for wrong in (other, uid[:-1] + ("0" if uid[-1] != "0" else "1")):
        assert move(wrong, token, tomorrow() + WEEK).json["code"] == "BOOKING_NOT_FOUND"
    assert taken(schools, made) == [2, 0]


def test_who_is_not_on_the_list_any_more_stays_where_they_are(schools: Schools) -> None:
    """INV-09, INV-25"""
    made = free_workshop(schools, whitelistEnabled=True, whitelistEmails=["ada@example.com"])
    uid, token = booked(made)
    cookie = schools.academy.cookie(Role.OWNER)
    sent = {"workshopId": made["id"], "mode": "replace", "emails": []}
    assert schools.call("immersio.workshop.updateWhitelist", cookie, sent=sent).status == 200
    assert move(uid, token, tomorrow() + WEEK).json["code"] == "WHITELIST_DENIED"
    assert taken(schools, made) == [1, 0]


def test_moving_does_not_win_back_a_refund_that_was_lost(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-21: who is too late to get their money back does not get it by moving to a later class first."""
    uid, token = money.bought(money.workshop())
    now.move_to(tomorrow() - timedelta(hours=3))
    at = (clock.now() + timedelta(hours=3)).replace(microsecond=0) + WEEK
    assert move(uid, token, at).status == 200
    assert read(uid, token).json["refund"]["eligible"] is False
    assert cancel(uid, token).json["refund"]["status"] is None
    assert money.refunds() == []


def test_who_moves_in_time_keeps_their_right_to_a_refund(schools: Schools, money: Money) -> None:
    """INV-21"""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    assert move(uid, token, tomorrow() + 2 * WEEK).status == 200
    assert cancel(uid, token).json["refund"]["status"] == "completed"


def test_the_school_counts_hours_where_they_are_taught(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-04: the class that was left does not count, the other one does; it is one booking."""
    made = free_workshop(schools)
    uid, token = booked(made)
    move(uid, token, tomorrow() + WEEK)
    schools.run_workers()
    assert "BOOKING_CANCELLED" not in events(schools)
    reply = schools.call("immersio.tenant.getStats", schools.academy.cookie(Role.OWNER), sent={"period": "month"})
    stats = reply.json["result"]["data"]["json"]
    assert (stats["totalBookings"], stats["cancelledBookings"]) == (1, 0)


def test_a_booking_of_a_school_that_is_gone_says_so(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    gone(schools.academy)
    refused = move(uid, token, tomorrow() + WEEK)
    assert (refused.status, refused.json["code"]) == (404, "TENANT_NOT_FOUND")
    assert "school" in refused.json["error"]
