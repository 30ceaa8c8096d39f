"""Queue immersio-reconciliation"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.reconciling import duties
from immersio.reconciling import seats as reconciling
from immersio.reconciling.duties import QUEUE
from immersio.seat import store as seats
from immersio.seat.model import Wish
from kernel import clock, keys, outbox, table
from kernel.errors import TemporarilyUnavailable
from tests.support.lists import meanwhile
from tests.support.notices import set_plan
from tests.support.reconciling import (
    begin,
    claims,
    damage,
    damage_plan,
    look,
    plan,
    reconcile,
    row,
    said,
    without_key,
    written,
)
from tests.support.schools import Schools
from tests.support.students import (
    WEEK,
    Died,
    booked,
    cancel,
    dying,
    free_workshop,
    held,
    join,
    occupancy,
    offers,
    place,
    waiting,
)
from tests.support.workshops import tomorrow

ADA, BO, CY = "ada@example.com", "bo@example.com", "cy@example.com"
UPDATE = "before-call.dynamodb.UpdateItem"


@pytest.fixture(autouse=True)
def time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def made(schools: Schools) -> dict[str, Any]:
    return free_workshop(schools, seats=3)


def told(log: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """What was logged in these words."""
    return [vars(record) for record in log.records if record.message == message]


def drifts(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return told(log, "seats have drifted from their bookings")


def test_where_all_is_well_nothing_is_written_and_nobody_is_woken(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-04: of bookings, cancellations and holds, those that ran out too."""
    uid, token = booked(made, ADA)
    booked(made, BO)
    booked(made, CY, at=tomorrow() + WEEK)
    cancel(uid, token)
    held(schools, made, CY, minutes=1)
    time.shift(timedelta(minutes=4))
    schools.sweep()
    schools.run_workers()
    held(schools, made, "di@example.com", minutes=60)
    damage_plan(schools, 0)
    with written() as rows:
        reconcile(schools, time)
    assert rows == []
    assert schools.messages("occurrence") == []
    assert drifts(caplog) == []


@pytest.mark.parametrize("by", [-1, 5])
def test_a_count_of_seats_that_is_wrong_is_set_right(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, by: int, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-04: and reported, with what was wrong."""
    for email in (ADA, BO):
        booked(made, email)
    damage(place(schools, made), taken=2 + by)
    reconcile(schools, time)
    assert occupancy(schools, made).taken == 2
    (drift,) = drifts(caplog)
    assert (drift["taken"], drift["workshop_id"], drift["levelname"]) == (by, made["id"], "ERROR")


def test_drift_rings(schools: Schools, made: dict[str, Any], time: time_machine.Traveller, capsys: Any) -> None:
    """INV-04: by the metric that the alarm waits for."""
    booked(made, ADA)
    damage(place(schools, made), taken=2)
    damage_plan(schools, 3)
    reconcile(schools, time)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert {name for line in lines for name in ("SeatsDrifted", "PlanDrifted") if name in line} == {
        "SeatsDrifted",
        "PlanDrifted",
    }


def test_a_booking_that_lost_its_seat_has_one_again_even_if_the_class_is_full_by_now(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-04: who has booked comes; that there are more than seats is told."""
    uid, _ = booked(made, ADA)
    damage(place(schools, made), **{f"claim_{uid}": None, f"email_{seats.fingerprint(ADA)}": None, "taken": 0})
    for number in range(3):
        booked(made, f"late{number}@example.com")
    reconcile(schools, time)
    found = occupancy(schools, made)
    assert (found.taken, found.claims[uid].hold, found.emails[seats.fingerprint(ADA)]) == (4, "sold", uid)
    (drift,) = drifts(caplog)
    assert (drift["unseated"], drift["oversold"]) == ((uid,), 1)


def test_a_hold_that_lost_its_seat_has_it_for_as_long_as_before(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-12: and not for longer."""
    hold = held(schools, made, ADA, minutes=120)
    before = claims(place(schools, made))
    damage(place(schools, made), **{f"claim_{hold.uid}": None})
    reconcile(schools, time)
    assert claims(place(schools, made)) == before


@pytest.mark.parametrize("emails", [[ADA, BO], [BO]])
def test_an_occurrence_whose_row_is_gone_is_written_anew(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, emails: list[str]
) -> None:
    """INV-04: from the bookings alone."""
    tokens = [booked(made, email) for email in emails]
    cancel(*tokens[-1])
    before = row(schools, made)
    table.write(table.Delete(key=keys.Key(before["pk"], before["sk"])))
    reconcile(schools, time)
    assert said({**row(schools, made), "repairs": None}) == said({**before, "repairs": None})


def test_a_seat_that_is_sold_to_nobody_is_free_again(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-04: with its address."""
    booked(made, ADA)
    before = row(schools, made)
    damage(place(schools, made), claim_ghost="sold - 0a0a0a0a", email_ghost="ghost", taken=2)
    reconcile(schools, time)
    assert said(row(schools, made)) == said({**before, "repairs": 1, "cancelled": 0})


@pytest.mark.parametrize("ghost", ["sold - 0a0a0a0a", "claimed 2026-12-01T08:10:00.000Z 0a0a0a0a"])
def test_a_seat_that_is_free_again_is_offered_to_who_waits(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, ghost: str
) -> None:
    """INV-01: the mark that somebody waits keeps all others from it, so it would be free for ever."""
    for email in (ADA, BO):
        booked(made, email)
    damage(place(schools, made), claim_ghost=ghost, taken=3)
    join(made, CY)
    time.shift(timedelta(minutes=3))
    schools.sweep()
    schools.run_workers()
    assert waiting(schools) == [CY], "the class is full"
    time.shift(timedelta(minutes=10))
    reconcile(schools, time)
    schools.run_workers("immersio-seats")
    assert (waiting(schools), len(offers(schools, CY))) == ([], 1)
    assert occupancy(schools, made).waiting is None


def test_a_seat_that_is_claimed_for_a_commit_is_left_alone(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-01: its booking comes."""
    booked(made, ADA)
    damage(place(schools, made), taken=5)
    look(schools, time)
    seats.claim(place(schools, made), Wish("coming", CY), clock.now() + timedelta(minutes=2), seats=9)
    schools.run_workers(QUEUE)
    found = occupancy(schools, made)
    assert (found.taken, found.claims.keys() >= {"coming"}, "coming" in found.emails.values()) == (2, True, True)


def test_a_cancelled_seat_that_nobody_gave_back_is_free(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-04: at once where its message may yet come, and as drift where it is an hour late."""
    for minutes, reported in ((1, 0), (70, 1)):
        uid, token = booked(made, ADA)
        sold = row(schools, made)
        cancel(uid, token)
        damage(place(schools, made), **{"cancelled": None, **without_key(sold)})
        time.shift(timedelta(minutes=minutes))
        reconcile(schools, time)
        assert occupancy(schools, made).claims == {}
        assert len(drifts(caplog)) == reported


def test_who_books_between_the_look_and_the_repair_loses_nothing(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-04, INV-01: what is wrong is added, not written over."""
    booked(made, ADA)
    uid, token = booked(made, BO)
    damage(place(schools, made), taken=1)
    look(schools, time)

    def others_come_and_go() -> None:
        booked(made, CY)
        cancel(uid, token)

    with meanwhile(others_come_and_go, event=UPDATE):
        schools.run_workers(QUEUE)
    found = occupancy(schools, made)
    assert (found.taken, len(found.claims), len(found.emails), found.cancelled) == (2, 2, 2, 1)


def test_two_who_repair_at_once_repair_it_once(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-04"""
    booked(made, ADA)
    damage(place(schools, made), taken=3)
    begin()
    look(schools, time)
    one, other = schools.messages("occurrence")
    with meanwhile(lambda: reconciling.reconcile_occurrence(other), event=UPDATE):
        _fails_and_comes_again(lambda: reconciling.reconcile_occurrence(one))
    assert occupancy(schools, made).taken == 1


def _fails_and_comes_again(deliver: Callable[[], None]) -> None:
    with pytest.raises(TemporarilyUnavailable):
        deliver()
    deliver()


@pytest.mark.parametrize("calls", range(3))
def test_a_repair_that_dies_in_the_middle_is_completed(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, calls: int
) -> None:
    """INV-04: by the next night at the latest."""
    uid, _ = booked(made, ADA)
    booked(made, BO)
    before = row(schools, made)
    damage(place(schools, made), **{f"claim_{uid}": None, "taken": 7, "claim_ghost": "sold - 0a0a0a0a"})
    look(schools, time)
    (again,) = schools.messages("occurrence")
    with pytest.raises(Died), dying("after-call.dynamodb.UpdateItem", calls=calls):
        reconciling.reconcile_occurrence(again)
    time.shift(timedelta(minutes=3))
    reconcile(schools, time)
    assert said({**row(schools, made), "repairs": 1}) == said({**before, "repairs": 1, "cancelled": 0})


def test_what_is_different_at_each_look_is_left_alone(
    schools: Schools,
    made: dict[str, Any],
    time: time_machine.Traveller,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """INV-04: it may be somebody's work."""
    monkeypatch.setattr(reconciling, "LOOKS", 2)
    booked(made, ADA)
    for number in range(5):
        damage(place(schools, made), taken=2 + number)
        if number == 0:
            begin()
        schools.run_workers(QUEUE)
        time.shift(timedelta(minutes=3))
        schools.sweep()
    assert len(schools.messages("occurrence")) == reconciling.LOOKS
    assert occupancy(schools, made).taken == 6
    assert drifts(caplog) == []


def test_classes_that_began_today_are_looked_at_and_older_ones_not(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-04"""
    here, counts = place(schools, made), list[int]()
    booked(made, ADA)
    for hours in (40, 36):
        damage(here, taken=2)
        time.shift(timedelta(hours=hours))
        reconcile(schools, time)
        counts.append(seats.load_occupancy(here).taken)
    assert counts == [1, 2]


def test_what_is_too_much_for_one_message_is_handed_over(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-04: no school is so large that its last class is never looked at."""
    monkeypatch.setattr(reconciling, "ROWS", 1)
    other = free_workshop(schools, title="Another")
    for workshop in (made, other):
        for week in range(2):
            at = tomorrow() + week * WEEK
            booked(workshop, ADA, at=at)
            damage(place(schools, workshop, at), taken=2)
    reconcile(schools, time, looks=1)
    assert len(schools.messages("seats")) > 2
    found = [occupancy(schools, one, tomorrow() + week * WEEK).taken for one in (made, other) for week in range(2)]
    assert found == [1] * 4


@pytest.mark.parametrize("by", [-2, 3])
def test_a_plan_that_was_miscounted_is_set_right(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller, by: int, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-07: cancelled bookings count; holds that nobody paid do not, once they have ended."""
    uid, token = booked(made, ADA)
    cancel(uid, token)
    booked(made, BO)
    held(schools, made, CY, minutes=1)
    damage_plan(schools, by)
    time.shift(timedelta(minutes=3))
    schools.run_workers("immersio-seats")
    reconcile(schools, time)
    assert plan(schools) == 2
    (line,) = told(caplog, "a plan's bookings are miscounted")
    assert (line["counter"], line["certain"], line["right"]) == (2 + by, 2, 2)


def test_a_booking_that_is_being_made_is_counted(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-07: it has counted and is not committed yet."""
    booked(made, ADA)
    damage_plan(schools, 1)
    look(schools, time)
    seats.claim(place(schools, made), Wish("coming", CY), clock.now() + timedelta(minutes=2), seats=9)
    schools.run_workers(QUEUE)
    assert plan(schools) == 2
    time.shift(timedelta(minutes=3))
    schools.sweep()
    schools.run_workers(QUEUE)
    assert plan(schools) == 1


def test_who_books_while_the_plan_is_corrected_is_counted(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-07: the correction waits for the next night."""
    booked(made, ADA)
    damage_plan(schools, 3)
    look(schools, time)
    with meanwhile(lambda: booked(made, BO), event=UPDATE):
        schools.run_workers(QUEUE)
    assert plan(schools) == 5
    reconcile(schools, time)
    assert plan(schools) == 2


def test_the_plan_of_a_month_counts_what_was_booked_in_it(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-07: by the school's calendar, whenever the class is."""
    time.move_to("2026-12-31T22:59:00Z")  # 23:59 in Berlin
    later = free_workshop(schools, seats=3)
    at = tomorrow()
    booked(later, ADA, at=at)
    time.move_to("2026-12-31T23:01:00Z")
    booked(later, BO, at=at)
    with written() as rows:
        reconcile(schools, time)
    assert rows == []


def test_a_plan_without_a_limit_is_not_counted(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-07: nothing is decided by it."""
    booked(made, ADA)
    set_plan(schools.academy.tenant_id, "enterprise")
    damage_plan(schools, 3)
    reconcile(schools, time)
    assert plan(schools) == 4


def test_another_schools_rows_stay_as_they_are(
    schools: Schools, made: dict[str, Any], time: time_machine.Traveller
) -> None:
    """INV-23"""
    booked(made, ADA)
    damage(place(schools, made), taken=2)
    table.write(outbox.put(duties.of_school(schools.studio.tenant_id)))
    for _ in range(3):
        schools.run_workers(QUEUE)
        time.shift(timedelta(minutes=3))
        schools.sweep()
    assert occupancy(schools, made).taken == 2
