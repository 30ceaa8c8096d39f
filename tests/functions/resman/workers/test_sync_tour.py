"""Queue resman-sync"""

import time
from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest
import requests
import time_machine

from kernel import clock
from resman import sync
from tests.support.world import Context, World, function, next_open_day


@pytest.fixture
def pending(world: World) -> str:
    """A tour booked while ResMan is down."""
    world.fault(status=503, times=1000)
    answer = world.book(property_id="cedar-row")
    assert (answer.status, answer.json["status"]) == (202, "pending_sync")
    return str(answer.json["appointment_id"])


def test_a_booking_while_resman_is_down_is_kept_and_says_so(world: World, pending: str) -> None:
    tour = world.tour(pending)

    assert (tour["status"], tour["resman_sync"]) == ("pending_sync", "pending")
    assert world.appointments() == []


def test_its_slot_belongs_to_nobody_else(world: World, pending: str) -> None:
    assert world.book(property_id="cedar-row", prospect_email="grace@example.com").status == 409


def test_it_is_confirmed_once_resman_answers_and_the_prospect_gets_the_mail(world: World, pending: str) -> None:
    world.run_workers()
    assert world.mail() == []
    world.mend()
    _run_after(world, timedelta(minutes=1))

    assert world.tour(pending)["status"] == "confirmed"
    (appointment,) = world.appointments()
    assert appointment["appointment_id"] == pending
    assert len(world.mail_to("ada@example.com")) == 1


def test_attempts_are_spaced_and_written_down(world: World, pending: str) -> None:
    world.run_workers("resman-sync")
    (duty,) = world.messages("sync_tour")

    assert (duty.attempts, len(duty.history)) == (1, 1)
    assert "HTTP 503" in str(duty.history[0].error)
    assert timedelta(seconds=3) < duty.next_attempt_at - clock.now() <= timedelta(seconds=6)


def test_for_four_hours_no_prospect_waits_longer_than_a_quarter_of_an_hour_for_the_next_try() -> None:
    tries = list(accumulate(sync.WAITS, initial=timedelta(0)))
    within = [wait for wait, at in zip(sync.WAITS, tries, strict=False) if at < sync.GIVE_UP_AFTER]

    assert max(within) <= timedelta(minutes=15)
    assert tries[-1] > timedelta(days=3), "a change of a confirmed tour is tried for days"


def test_when_resman_stays_away_the_prospect_gets_an_apology_with_alternatives(world: World, pending: str) -> None:
    _run_after(world, timedelta(hours=4, minutes=5))

    assert world.tour(pending)["status"] == "failed"
    (apology,) = [mail for mail in world.mail() if "ada@example.com" in str(mail["To"])]
    text = apology.get_body(("plain",))
    assert text
    assert "1:00 PM" in text.get_content()


def test_a_tour_that_failed_gives_its_slot_back(world: World, pending: str) -> None:
    _run_after(world, timedelta(hours=4, minutes=5))
    world.mend()

    assert world.book(property_id="cedar-row", prospect_email="grace@example.com").status == 201


def test_a_tour_about_to_begin_is_apologised_for_rather_than_tried_again(world: World, pending: str) -> None:
    with time_machine.travel(f"{next_open_day()}T19:45:00Z", tick=True):
        world.sweep()
        world.run_workers()

        assert world.tour(pending)["status"] == "failed"


def test_if_resmans_staff_gave_the_time_away_another_guide_takes_it(world: World) -> None:
    world.fault(status=503, times=1000)
    booked = world.book().json
    guide = {"Dana Reyes": "dana", "Lee Okafor": "lee"}[booked["staff_member"]]
    world.mend()
    world.resman_staff(
        "_appointments", property_id="maple-court", employee_id=guide, starts_at=f"{next_open_day()}T14:00:00-06:00"
    )
    _run_after(world, timedelta(minutes=1))

    tour = world.tour(booked["appointment_id"])
    assert tour["status"] == "confirmed"
    assert tour["staff_member"] != booked["staff_member"]


def test_if_nobody_is_left_the_prospect_gets_an_apology(world: World, pending: str) -> None:
    world.mend()
    world.resman_staff(
        "_appointments", property_id="cedar-row", employee_id="noor", starts_at=f"{next_open_day()}T14:00:00-06:00"
    )
    _run_after(world, timedelta(minutes=1))

    assert world.tour(pending)["status"] == "failed"
    assert len(world.mail_to("ada@example.com")) == 1
    assert [a["appointment_id"] for a in world.appointments() if a["appointment_id"] == pending] == []


def test_a_change_made_while_resman_was_down_reaches_it_later(world: World) -> None:
    tour = world.book().json["appointment_id"]
    world.fault(status=503, times=1000)
    world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    world.update(tour, status="cancelled")
    world.mend()
    _run_after(world, timedelta(minutes=1))

    (appointment,) = world.appointments()
    assert "Cancelled" in appointment["comments"]
    assert world.tour(tour)["resman_sync"] == "synced"


@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_lost_after_the_effect_leaves_exactly_one_appointment(world: World, status: int) -> None:
    """INV-34: the retry finds it and never makes a second."""
    world.fault(path="PostLeadManagement", afterEffect=True, status=status, times=1)
    booked = world.book()

    assert booked.status == 201
    (appointment,) = world.appointments()
    assert appointment["appointment_id"] == booked.json["appointment_id"]


def test_answers_lost_at_every_try_of_the_request_still_leave_one_appointment(world: World) -> None:
    """INV-34: the worker finds what the request left behind."""
    booked = _booked_unnoticed(world)
    world.mend()
    _run_after(world, timedelta(minutes=1))

    (appointment,) = _at_cedar_row(world)
    assert appointment["appointment_id"] == booked
    assert world.tour(booked)["status"] == "confirmed"


def test_a_tour_that_resman_took_unnoticed_and_that_was_given_up_is_cancelled_there(world: World) -> None:
    """Otherwise a guide would wait for somebody who got an apology."""
    booked = _booked_unnoticed(world)
    _run_after(world, timedelta(hours=4, minutes=5))
    assert world.tour(booked)["status"] == "failed"
    world.mend()
    _run_after(world, timedelta(hours=4, minutes=10))

    (appointment,) = _at_cedar_row(world)
    assert "Cancelled" in appointment["comments"]


def test_a_move_while_resman_is_down_is_told_once_it_is_confirmed(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    world.run_workers()
    mails = len(world.mail())
    world.fault(status=503, times=1000)
    moved = world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    assert (moved.status, moved.json["status"]) == (202, "pending_sync")
    world.run_workers()
    assert len(world.mail()) == mails, "nothing is promised yet"
    world.mend()
    _run_after(world, timedelta(minutes=1))

    assert world.tour(tour)["status"] == "confirmed"
    assert [subject for subject in world.mail_to("ada@example.com") if "New time" in subject]
    metrics = _metrics(world)
    assert (metrics["booked"], metrics["confirmed"], metrics["rescheduled"]) == (1, 1, 1)


def test_a_move_onto_time_that_was_given_away_leaves_the_tour_where_it_was(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    world.fault(status=503, times=1000)
    world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    world.mend()
    world.resman_staff(
        "_appointments", property_id="cedar-row", employee_id="noor", starts_at=f"{next_open_day()}T16:00:00-06:00"
    )
    _run_after(world, timedelta(minutes=1))

    kept = world.tour(tour)
    assert (kept["status"], kept["confirmed_datetime"]) == ("confirmed", f"{next_open_day()}T14:00:00-06:00")
    assert len([a for a in world.appointments() if a["appointment_id"] == tour]) == 1
    assert world.book(property_id="cedar-row", prospect_email="grace@example.com").status == 409
    assert len(world.mail_to("ada@example.com")) >= 1


def test_a_booking_that_resman_rejects_is_told_and_frees_its_slot(world: World) -> None:
    """Nothing is kept of it, and no letter leaves: the caller knows."""
    guides = [{**person, "id": f"gone-{person['id']}"} for person in world.property["staff"]]
    function("resman/operators/create_property")({**world.property, "staff": guides}, Context())
    world.fault(path="GetEmployees", status=503, times=3)
    kept = world.book()
    assert kept.status == 202
    _run_after(world, timedelta(minutes=1))

    assert world.tour(kept.json["appointment_id"])["status"] == "failed"


def test_a_cancelled_tour_that_was_never_confirmed_leaves_no_trace_in_resman_and_no_mail(world: World) -> None:
    world.fault(status=503, times=1000)
    tour = world.book().json["appointment_id"]
    world.update(tour, status="cancelled")
    world.mend()
    _run_after(world, timedelta(minutes=1))

    assert world.appointments() == []
    assert world.mail() == []
    assert world.tour(tour)["resman_sync"] == "synced"


def test_what_staff_changed_in_resman_is_not_overwritten_by_a_note_of_ours(world: World) -> None:
    tour = world.book().json["appointment_id"]
    time.sleep(1.1)  # ResMan tells its times in whole seconds
    world.resman_staff("_change", appointment_id=tour, status="Cancelled")
    world.update(tour, staff_notes="Called twice")

    assert world.tour(tour)["status"] == "cancelled"
    (appointment,) = world.appointments()
    assert appointment["status"] != "Scheduled"


def _metrics(world: World) -> Any:
    today = str(clock.now().date())
    asked = {"property_id": "cedar-row", "from": str(clock.now().date() - timedelta(days=1)), "to": today}
    return world.call("resman/tours/metrics", query=asked).json["totals"]


def _booked_unnoticed(world: World) -> str:
    """ResMan takes the appointment, and then neither says so nor answers anything else."""
    searches = _searches_before_a_post(world)
    world.fault(path="PostLeadManagement", afterEffect=True, status=503, times=1)
    world.fault(path="SearchProspects", delaySeconds=0.001, times=searches)
    world.fault(path="SearchProspects", status=503, times=1000)
    booked = world.book(property_id="cedar-row")
    assert booked.status == 202, booked.body
    assert [a["appointment_id"] for a in _at_cedar_row(world)] == [booked.json["appointment_id"]]
    return str(booked.json["appointment_id"])


def _searches_before_a_post(world: World) -> int:
    """How often a booking looks into ResMan before it posts, once it knows how much ResMan answers at a time."""
    world.book(property_id="cedar-row", prospect_email="joan@example.com", preferred_time="09:00")
    world.fault(path="SearchProspects", delaySeconds=0.001, times=100)
    world.book(property_id="cedar-row", prospect_email="grace@example.com", preferred_time="11:00")
    left = requests.get(f"{world.resman}/_faults", timeout=60).json()["faults"][0]["times"]
    world.mend()
    return 100 - int(left)


def _at_cedar_row(world: World) -> list[dict[str, Any]]:
    return [a for a in world.appointments() if a["property_id"] == "cedar-row" and "T20:00" in a["starts_at"]]


def _run_after(world: World, wait: timedelta) -> None:
    with time_machine.travel(clock.now() + wait, tick=True):
        world.sweep()
        world.run_workers()
        world.run_workers()
