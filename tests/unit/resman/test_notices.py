"""Which messages a change owes, when they are due, and when they have become untrue."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from kernel.outbox import Message
from resman import notices
from resman.model import Outcome, TourStatus
from resman.notices import Channel, Notice
from resman.property import Opening, TourType
from tests.support.tours import JONAS, TUESDAY_TWO_PM, a_property, a_prospect, a_tour

THURSDAY = TUESDAY_TWO_PM + timedelta(days=2)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def kinds(messages: list[Message]) -> Counter[str]:
    return Counter(message.kind for message in messages)


def due(messages: list[Message], kind: str) -> list[datetime]:
    return sorted(message.due_at for message in messages if message.kind == kind)


def test_a_booking_owes_two_confirmations_and_two_reminders() -> None:
    messages = notices.booked(a_tour(), a_property())

    assert kinds(messages) == {"prospect.confirmation": 1, "staff.confirmation": 1, "prospect.reminder": 2}
    assert due(messages, "prospect.confirmation") == [NOW]


def test_a_message_says_which_tour_at_which_time_and_in_which_order() -> None:
    message = notices.booked(a_tour(revision=7), a_property())[0]

    assert (message.tenant, message.queue, message.sequence) == ("account-domiq", "resman-notices", 7)
    assert message.payload == {
        "property_id": "garden-court",
        "tour_id": a_tour().id,
        "notice": "confirmation",
        "channel": "prospect",
        "starts_at": "2026-12-01T20:00:00.000Z",
    }


def test_texts_are_owed_only_to_those_who_agreed() -> None:
    agreed = a_tour(prospect=a_prospect(sms_consent=True))
    changes = (
        notices.booked(agreed, a_property()),
        notices.rescheduled(agreed, agreed.model_copy(update={"starts_at": THURSDAY}), a_property()),
        notices.cancelled(agreed, a_property()),
        notices.failed(agreed, a_property(), [THURSDAY]),
    )

    assert kinds(changes[0])["text.confirmation"] == 1
    assert kinds(changes[0])["text.reminder"] == 2
    assert all(any(kind.startswith("text.") for kind in kinds(messages)) for messages in changes)
    assert not any(kind.startswith("text.") for kind in kinds(notices.booked(a_tour(), a_property())))


def test_reminders_are_due_a_day_and_two_hours_before() -> None:
    messages = notices.booked(a_tour(), a_property())

    assert due(messages, "prospect.reminder") == [
        TUESDAY_TWO_PM - timedelta(hours=24),
        TUESDAY_TWO_PM - timedelta(hours=2),
    ]


def test_a_reminder_whose_moment_has_passed_is_not_owed(clock: Any) -> None:
    clock.move_to(TUESDAY_TWO_PM - timedelta(hours=24))
    assert due(notices.booked(a_tour(), a_property()), "prospect.reminder") == [TUESDAY_TWO_PM - timedelta(hours=2)]

    clock.move_to(TUESDAY_TWO_PM - timedelta(hours=1))
    assert due(notices.booked(a_tour(), a_property()), "prospect.reminder") == []


@pytest.mark.parametrize("day", [date(2027, 3, 14), date(2027, 11, 7)])
def test_the_hours_before_a_start_are_elapsed_hours_also_over_a_change_of_clocks(day: date) -> None:
    """A start given in the property's own zone must not be counted back by the wall clock."""
    starts_at = datetime.combine(day, time(9), a_property().zone)
    messages = notices.booked(a_tour(starts_at=starts_at), a_property())

    assert [starts_at.astimezone(UTC) - at for at in due(messages, "prospect.reminder")] == [
        timedelta(hours=24),
        timedelta(hours=2),
    ]


@given(
    start=st.datetimes(NOW.replace(tzinfo=None), NOW.replace(year=2028, tzinfo=None), timezones=st.timezones()),
    ahead=st.timedeltas(timedelta(minutes=1), timedelta(days=3)),
)
def test_every_reminder_is_in_the_future_and_before_any_start(start: datetime, ahead: timedelta) -> None:
    with time_machine.travel(start.astimezone(UTC) - ahead, tick=False):
        moments = due(notices.booked(a_tour(starts_at=start), a_property()), "prospect.reminder")

    assert len(moments) == sum(ahead > before for before in notices.REMIND_BEFORE)
    assert {start.astimezone(UTC) - moment for moment in moments} <= set(notices.REMIND_BEFORE)


def test_a_new_time_is_told_to_both_and_reminded_of_anew() -> None:
    moved = a_tour(starts_at=THURSDAY, revision=3)
    messages = notices.rescheduled(a_tour(), moved, a_property())

    assert kinds(messages) == {"prospect.reschedule": 1, "staff.reschedule": 1, "prospect.reminder": 2}
    assert {message.payload["previously_at"] for message in messages if "reschedule" in message.kind} == {
        "2026-12-01T20:00:00.000Z"
    }
    assert due(messages, "prospect.reminder")[0] == THURSDAY - timedelta(hours=24)


def test_a_new_guide_is_told_and_so_is_the_former_one() -> None:
    messages = notices.rescheduled(a_tour(), a_tour(starts_at=THURSDAY, staff=JONAS), a_property())

    assert kinds(messages)["staff.handover"] == kinds(messages)["staff.confirmation"] == 1
    assert "staff.reschedule" not in kinds(messages)


def test_a_new_guide_at_the_same_time_is_no_news_for_the_prospect() -> None:
    messages = notices.rescheduled(a_tour(), a_tour(staff=JONAS), a_property())

    assert kinds(messages) == {"staff.handover": 1, "staff.confirmation": 1}


def test_another_type_of_tour_at_the_same_time_is_told_without_new_reminders() -> None:
    messages = notices.rescheduled(a_tour(), a_tour(type=TourType.VIRTUAL), a_property())

    assert kinds(messages) == {"prospect.reschedule": 1, "staff.reschedule": 1}


def test_a_change_nobody_would_notice_owes_nothing() -> None:
    assert notices.rescheduled(a_tour(), a_tour(revision=3, staff_notes="likes light"), a_property()) == []


def test_a_cancellation_is_told_to_both() -> None:
    assert kinds(notices.cancelled(a_tour(), a_property())) == {"prospect.cancellation": 1, "staff.cancellation": 1}


def test_a_visit_is_followed_up_unless_the_prospect_said_no() -> None:
    visited = a_tour(status=TourStatus.COMPLETED)

    assert kinds(notices.completed(visited, a_property())) == {"prospect.follow_up": 1}
    assert notices.completed(a_tour(outcome=Outcome.NOT_INTERESTED), a_property()) == []


def test_who_missed_a_tour_is_offered_another() -> None:
    assert kinds(notices.missed(a_tour(), a_property())) == {"prospect.missed_tour": 1}


def test_a_tour_that_failed_is_apologised_for_with_other_times_and_the_staff_may_call() -> None:
    messages = notices.failed(a_tour(), a_property(), [THURSDAY])

    assert kinds(messages) == {"prospect.apology": 1, "staff.apology": 1}
    assert messages[0].payload["alternatives"] == ["2026-12-03T20:00:00.000Z"]


STARTED = TUESDAY_TWO_PM + timedelta(minutes=1)
ENDED = TUESDAY_TWO_PM + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("notice", "tour", "now", "holds"),
    [
        (Notice.REMINDER, {}, NOW, True),
        (Notice.REMINDER, {}, TUESDAY_TWO_PM, False),
        (Notice.REMINDER, {"starts_at": THURSDAY}, NOW, False),
        (Notice.REMINDER, {"status": TourStatus.CANCELLED}, NOW, False),
        (Notice.CONFIRMATION, {}, STARTED, True),
        (Notice.CONFIRMATION, {}, ENDED, False),
        (Notice.CONFIRMATION, {"status": TourStatus.CANCELLED}, NOW, False),
        (Notice.CONFIRMATION, {"starts_at": THURSDAY}, NOW, True),
        (Notice.CONFIRMATION, {"status": TourStatus.COMPLETED}, NOW, True),
        (Notice.RESCHEDULE, {"status": TourStatus.CANCELLED}, NOW, False),
        (Notice.RESCHEDULE, {}, NOW, True),
        (Notice.RESCHEDULE, {"starts_at": THURSDAY}, NOW, False),
        (Notice.CANCELLATION, {"status": TourStatus.CANCELLED}, NOW, True),
        (Notice.CANCELLATION, {}, NOW, False),
        (Notice.FOLLOW_UP, {"status": TourStatus.COMPLETED}, ENDED, True),
        (Notice.FOLLOW_UP, {"status": TourStatus.COMPLETED, "outcome": Outcome.NOT_INTERESTED}, ENDED, False),
        (Notice.FOLLOW_UP, {"status": TourStatus.NO_SHOW}, ENDED, False),
        (Notice.MISSED_TOUR, {"status": TourStatus.NO_SHOW}, ENDED, True),
        (Notice.MISSED_TOUR, {"status": TourStatus.COMPLETED}, ENDED, False),
        (Notice.APOLOGY, {"status": TourStatus.FAILED}, NOW, True),
        (Notice.APOLOGY, {}, NOW, False),
    ],
)
def test_a_notice_is_sent_only_while_it_is_true(
    notice: Notice, tour: dict[str, Any], now: datetime, holds: bool
) -> None:
    owed = notices.owed(a_tour(), a_property(), notice, Channel.PROSPECT)

    assert notices.holds(owed, a_tour(**tour), a_property(), now) is holds


def test_a_guide_who_got_the_tour_back_is_not_told_that_it_is_gone() -> None:
    owed = notices.owed(a_tour(staff=JONAS), a_property(), Notice.HANDOVER, Channel.STAFF, guide=a_tour().staff)

    assert notices.holds(owed, a_tour(staff=JONAS), a_property(), NOW)
    assert notices.holds(owed, a_tour(status=TourStatus.CANCELLED), a_property(), NOW)
    assert not notices.holds(owed, a_tour(), a_property(), NOW)


@pytest.mark.parametrize(
    ("consent", "hours", "local", "may"),
    [
        (True, None, time(8, 0), True),
        (True, None, time(20, 59), True),
        (True, None, time(7, 59), False),
        (True, None, time(21, 0), False),
        (False, None, time(12, 0), False),
        (True, Opening(opens=time(10), closes=time(12)), time(11, 0), True),
        (True, Opening(opens=time(10), closes=time(12)), time(13, 0), False),
    ],
)
def test_a_text_needs_consent_and_a_decent_hour_at_the_property(
    consent: bool, hours: Opening | None, local: time, may: bool
) -> None:
    at = a_property(texting_hours=hours)
    now = datetime.combine(date(2026, 11, 30), local, at.zone)

    assert notices.may_text(a_tour(prospect=a_prospect(sms_consent=consent)), at, now) is may


def test_a_booking_does_not_wait_for_templates_and_calendars_to_load() -> None:
    """What only the worker needs must not slow down the cold start of `POST /api/resman/tours/book`."""
    probe = "import sys, resman.booking; print({'jinja2', 'icalendar'} & set(sys.modules))"
    ours = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run([sys.executable, "-c", probe], env=ours, capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "set()"
