"""Notices as they leave: from a row of the outbox to a message in somebody's mailbox."""

import email
import email.policy
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.ses.models import ses_backends

from kernel import mail, outbox, table
from resman import directory, notices, notifications, store
from resman.model import Tour, TourStatus
from resman.notices import Channel, Notice
from resman.property import Property, TourType
from tests.support.calendar_files import read_strictly
from tests.support.tours import JONAS, MARIA, TUESDAY_TWO_PM, a_property, a_prospect, a_tour

NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)
THURSDAY = TUESDAY_TWO_PM + timedelta(days=2)
AGREED = a_prospect(sms_consent=True)

ACCOUNT = "123456789012"
"""The one moto acts for."""


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MAIL_FROM", "tours@booking.example.com")
    monkeypatch.setenv("TABLE_NAME", "booking")
    with mock_aws():
        for client in (mail._ses, table.client):
            client.cache_clear()
        boto3.client("sesv2").create_email_identity(EmailIdentity="booking.example.com")
        _make_table()
        yield
    for client in (mail._ses, table.client):
        client.cache_clear()


def _make_table() -> None:
    keys = ("pk", "sk", "gsi1pk", "gsi1sk")
    boto3.client("dynamodb").create_table(
        TableName="booking",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gsi1",
                "KeySchema": [
                    {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                    {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def sent() -> list[EmailMessage]:
    raw = (message.raw_data for message in ses_backends[ACCOUNT]["us-east-1"].sent_messages)
    return [email.message_from_string(data, policy=email.policy.default) for data in raw]


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body
    return str(body.get_content())


def calendar_of(message: EmailMessage) -> dict[str, str]:
    """The event in a message; empty where it has none."""
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            ics = part.get_payload(decode=True)
            assert isinstance(ics, bytes)
            return read_strictly(ics)
    return {}


def keep(tour: Tour, property: Property | None = None) -> None:
    directory.save_property(property or a_property())
    store.commit(store.new_tour(tour))


def deliver(*messages: outbox.Message) -> None:
    for message in messages:
        notifications.deliver(message)


def owing(notice: Notice, channel: Channel = Channel.PROSPECT, **facts: Any) -> outbox.Message:
    owed = notices.owed(a_tour(), a_property(), notice, channel, **facts)
    return notices._message(a_tour(), owed)


def test_a_booking_reaches_the_prospect_and_the_guide_with_one_event_for_both_calendars() -> None:
    keep(a_tour())

    deliver(*notices.booked(a_tour(), a_property())[:2])

    to_prospect, to_guide = sent()
    assert (to_prospect["To"], to_guide["To"]) == ("ada@example.com", "maria@garden-court.example.com")
    assert (to_prospect["Reply-To"], to_guide["Reply-To"]) == ("leasing@garden-court.example.com", "ada@example.com")
    events = calendar_of(to_prospect), calendar_of(to_guide)
    assert events[0]["UID"] == events[1]["UID"]
    assert events[0]["METHOD"] == "REQUEST"


def test_a_message_keeps_its_id_when_it_is_delivered_twice() -> None:
    keep(a_tour())
    message = owing(Notice.CONFIRMATION)

    deliver(message, message)

    assert {received["Message-ID"] for received in sent()} == {f"<{message.id}@booking.example.com>"}


def test_the_leasing_office_hears_of_tours_nobody_guides() -> None:
    keep(a_tour(type=TourType.SELF_GUIDED, staff=None))

    deliver(owing(Notice.CONFIRMATION, Channel.STAFF))

    assert [message["To"] for message in sent()] == ["leasing@garden-court.example.com"]


def test_a_move_and_a_cancellation_change_the_event_in_the_calendar() -> None:
    """INV-33: the same UID, a higher SEQUENCE, METHOD:CANCEL at the end."""
    moved = a_tour(starts_at=THURSDAY, revision=3)
    cancelled = moved.model_copy(update={"status": TourStatus.CANCELLED, "revision": 4})
    keep(moved)
    deliver(*notices.rescheduled(a_tour(), moved, a_property())[:2])
    store.commit(store.changed_tour(moved, cancelled))
    deliver(*notices.cancelled(cancelled, a_property()))

    events = [calendar_of(message) for message in sent()]
    assert {(event["METHOD"], event["SEQUENCE"], event["DTSTART"]) for event in events} == {
        ("REQUEST", "3", "20261203T200000Z"),
        ("CANCEL", "4", "20261203T200000Z"),
    }
    assert len({event["UID"] for event in events}) == 1


def test_a_former_guide_loses_the_tour_from_their_calendar() -> None:
    moved = a_tour(starts_at=THURSDAY, staff=JONAS, lane=JONAS.id, revision=3)
    keep(moved)
    staff_notices = [
        message for message in notices.rescheduled(a_tour(), moved, a_property()) if message.kind.startswith("staff")
    ]

    deliver(*staff_notices)

    former, new = sent()
    assert (former["To"], new["To"]) == (MARIA.email, JONAS.email)
    gone, gained = calendar_of(former), calendar_of(new)
    assert (gone["METHOD"], gone["DTSTART"]) == ("CANCEL", "20261201T200000Z")
    assert (gained["METHOD"], gained["DTSTART"]) == ("REQUEST", "20261203T200000Z")


@pytest.mark.parametrize(
    ("notice", "status"),
    [
        (Notice.REMINDER, TourStatus.CONFIRMED),
        (Notice.FOLLOW_UP, TourStatus.COMPLETED),
        (Notice.MISSED_TOUR, TourStatus.NO_SHOW),
        (Notice.APOLOGY, TourStatus.FAILED),
    ],
)
def test_what_changes_no_calendar_carries_no_calendar_file(notice: Notice, status: TourStatus) -> None:
    keep(a_tour(status=status))

    deliver(owing(notice))

    assert [calendar_of(message) for message in sent()] == [{}]


@pytest.mark.parametrize(
    "now_is",
    [{"starts_at": THURSDAY}, {"status": TourStatus.CANCELLED}, {"status": TourStatus.NO_SHOW}],
    ids=["moved", "cancelled", "missed"],
)
def test_a_reminder_of_a_tour_that_is_no_longer_so_is_dropped(now_is: dict[str, Any]) -> None:
    keep(a_tour(**now_is))

    deliver(owing(Notice.REMINDER))

    assert sent() == []


def test_a_reminder_of_a_tour_that_has_begun_is_dropped(clock: Any) -> None:
    keep(a_tour())
    clock.move_to(TUESDAY_TWO_PM)

    deliver(owing(Notice.REMINDER))

    assert sent() == []


def test_a_notice_about_a_tour_that_is_gone_is_dropped() -> None:
    deliver(owing(Notice.CONFIRMATION))

    assert sent() == []


def test_a_text_leaves_with_consent_and_by_day_only(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    keep(a_tour(prospect=AGREED))
    text = owing(Notice.CONFIRMATION, Channel.TEXT)

    with caplog.at_level(logging.INFO):
        deliver(text)
    assert "text message sent" in caplog.messages

    caplog.clear()
    clock.move_to(datetime(2026, 12, 1, 4, tzinfo=UTC))  # ten in the evening in Austin
    with caplog.at_level(logging.INFO):
        deliver(text, owing(Notice.CONFIRMATION))
    assert "text message sent" not in caplog.messages
    assert [message["To"] for message in sent()] == ["ada@example.com"]


def test_consent_that_was_withdrawn_counts_when_the_text_would_leave(caplog: pytest.LogCaptureFixture) -> None:
    keep(a_tour())

    with caplog.at_level(logging.INFO):
        deliver(owing(Notice.CONFIRMATION, Channel.TEXT))

    assert "text message sent" not in caplog.messages


def test_an_apology_offers_the_alternatives_it_was_given() -> None:
    keep(a_tour(status=TourStatus.FAILED))

    deliver(*notices.failed(a_tour(), a_property(), [THURSDAY]))

    assert len(sent()) == 2
    for message in sent():
        assert "Thursday, December 3, 2026 at 2:00 PM CST" in text_of(message)


def test_a_message_that_ses_refuses_is_raised_so_that_the_worker_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-36: the tour stands whatever becomes of its e-mail; the outbox keeps the duty."""
    keep(a_tour())
    monkeypatch.setenv("MAIL_FROM", "nobody@unknown.example.org")

    with pytest.raises(ClientError):
        deliver(owing(Notice.CONFIRMATION))

    assert store.load_tour("account-domiq", a_tour().id) == a_tour()


@pytest.mark.parametrize(
    ("send", "to"),
    [
        (notifications.send_confirmation, "ada@example.com"),
        (notifications.send_reschedule, "ada@example.com"),
        (notifications.send_cancellation, "ada@example.com"),
        (notifications.send_reminder, "ada@example.com"),
        (notifications.send_follow_up, "ada@example.com"),
        (notifications.send_missed_tour, "ada@example.com"),
        (notifications.send_apology, "ada@example.com"),
        (notifications.notify_new_tour, MARIA.email),
        (notifications.notify_reschedule, MARIA.email),
        (notifications.notify_cancellation, MARIA.email),
        (notifications.notify_handover, MARIA.email),
        (notifications.notify_failed_tour, MARIA.email),
    ],
)
def test_each_notice_can_be_sent_by_its_name_alone(send: Any, to: str) -> None:
    send(a_tour(), a_property())

    assert [message["To"] for message in sent()] == [to]


def test_every_notice_that_can_be_owed_has_somebody_to_send_it() -> None:
    confirmed, cancelled = a_tour(prospect=AGREED), a_tour(prospect=AGREED, status=TourStatus.CANCELLED)
    owed = [
        *notices.booked(confirmed, a_property()),
        *notices.rescheduled(confirmed, a_tour(prospect=AGREED, starts_at=THURSDAY), a_property()),
        *notices.rescheduled(confirmed, a_tour(prospect=AGREED, starts_at=THURSDAY, staff=JONAS), a_property()),
        *notices.cancelled(cancelled, a_property()),
        *notices.completed(confirmed, a_property()),
        *notices.missed(confirmed, a_property()),
        *notices.failed(confirmed, a_property(), [THURSDAY]),
    ]

    kinds = {(message.payload["channel"], message.payload["notice"]) for message in owed}
    assert kinds == set(notifications.SENDERS)
