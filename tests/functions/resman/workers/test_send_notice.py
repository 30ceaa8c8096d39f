"""Queue resman-notices"""

from datetime import timedelta

import icalendar
import pytest
import time_machine

from kernel import clock
from tests.support.world import World, next_open_day


def test_prospect_and_guide_each_get_a_message_with_a_calendar_file(world: World) -> None:
    booked = world.book().json
    world.run_workers()

    assert len(world.mail()) == 2
    for message in world.mail():
        (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"][:1]
        (event,) = icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")
        assert booked["appointment_id"] in str(event["UID"])
    assert world.mail_to("ada@example.com")
    assert world.mail_to("@leasing.example")


def test_a_message_that_was_sent_is_not_sent_again_when_the_queue_repeats_it(world: World) -> None:
    world.book()
    world.run_workers()
    world.route()
    world.run_workers()

    assert len(world.mail()) == 2


def test_a_failing_mail_never_fails_a_booking_and_is_sent_later(world: World) -> None:
    """INV-36: a failing e-mail never fails a booking."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAIL_FROM", "unverified@nowhere.example.com")
        booked = world.book()
        world.run_workers()
        assert world.mail() == []

    assert booked.status == 201
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        world.run_workers()
    assert len(world.mail()) == 2


def test_a_confirmation_that_is_late_tells_the_time_the_tour_has_by_now(world: World) -> None:
    tour = world.book().json["appointment_id"]
    world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    world.update(tour, status="completed")
    world.run_workers()

    confirmation = world.mail()[0]
    body = confirmation.get_body(("plain",))
    assert body
    assert "4:00 PM" in body.get_content()
    assert any(part.get_content_type() == "text/calendar" for part in confirmation.walk())


def test_moving_and_cancelling_are_told_and_the_reminders_of_the_old_time_are_not(world: World) -> None:
    tour = world.book().json["appointment_id"]
    world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    world.run_workers()
    world.update(tour, status="cancelled")
    world.run_workers()
    told = len(world.mail_to("ada@example.com"))
    with time_machine.travel(f"{next_open_day()}T20:30:00Z", tick=True):
        world.sweep()
        world.run_workers()

    assert len(world.mail_to("ada@example.com")) == told


def test_reminders_leave_24_and_2_hours_before_the_start(world: World) -> None:
    world.book()
    world.run_workers()
    before = len(world.mail_to("ada@example.com"))
    day = next_open_day()
    sent = []
    for moment in (f"{day - timedelta(days=1)}T20:05:00Z", f"{day}T17:30:00Z", f"{day}T18:05:00Z"):
        with time_machine.travel(moment, tick=True):
            world.sweep()
            world.run_workers()
            sent.append(len(world.mail_to("ada@example.com")) - before)

    assert sent == [1, 1, 2]


def test_a_completed_tour_is_followed_up(world: World) -> None:
    tour = world.book().json["appointment_id"]
    world.run_workers()
    before = len(world.mail_to("ada@example.com"))
    world.update(tour, status="completed", outcome="interested")
    world.run_workers()

    assert len(world.mail_to("ada@example.com")) == before + 1


def test_texts_go_only_to_those_who_agreed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.book()
    world.book(prospect_email="grace@example.com", preferred_time="16:00", sms_consent=True)

    texts = world.messages("text.")
    assert len({message.payload["tour_id"] for message in texts}) == 1
