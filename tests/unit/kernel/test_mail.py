"""E-mail as it leaves: readable by people and calendars, and never more than the headers we set."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.ses.models import ses_backends

from kernel import mail
from kernel.mail import Invitation, Mail
from kernel.queue import Undeliverable

HEADERS = [
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
]  # fmt: skip
ICS = "BEGIN:VCALENDAR\r\nSUMMARY:Führung\r\nEND:VCALENDAR\r\n".encode()

ACCOUNT = "123456789012"
"""The one moto acts for."""


@pytest.fixture(autouse=True)
def mail_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", "tours@booking.example.com")


@pytest.fixture
def ses() -> Iterator[Any]:
    with mock_aws():
        mail._ses.cache_clear()
        boto3.client("sesv2").create_email_identity(EmailIdentity="booking.example.com")
        yield ses_backends[ACCOUNT]["us-east-1"]
    mail._ses.cache_clear()


def a_mail(**changes: Any) -> Mail:
    return Mail(
        **{
            "id": "msg_17",
            "to": "ada@example.com",
            "sender_name": "Garden Court",
            "reply_to": "leasing@garden-court.example.com",
            "subject": "Your tour",
            "text": "Führung um zwei",
            "html": "<p>Führung um zwei</p>",
            **changes,
        }
    )


def as_received(message: Mail) -> EmailMessage:
    received = email.message_from_bytes(mail.mime(message).as_bytes(), policy=email.policy.default)
    assert isinstance(received, EmailMessage)
    return received


def test_a_message_reaches_ses_whole(ses: Any) -> None:
    sent_id = mail.send(a_mail(invitation=Invitation("REQUEST", ICS)))

    (sent,) = ses.sent_messages
    assert sent.id == sent_id
    assert "Subject: Your tour" in sent.raw_data


def test_an_error_of_ses_is_the_callers_to_handle(ses: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", "nobody@unknown.example.org")

    with pytest.raises(ClientError, match="Did not have authority to send"):
        mail.send(a_mail())


def test_sending_gives_up_before_its_lambda_does_and_leaves_the_retries_to_the_outbox(ses: Any) -> None:
    config: Any = mail._ses().meta.config

    assert (config.connect_timeout, config.read_timeout) == (2, 10)
    assert config.retries["total_max_attempts"] == 1


def test_the_same_message_has_the_same_message_id_at_every_attempt() -> None:
    assert as_received(a_mail())["Message-ID"] == as_received(a_mail())["Message-ID"] == "<msg_17@booking.example.com>"


def test_answering_machines_keep_quiet_and_people_reach_the_leasing_office() -> None:
    received = as_received(a_mail())

    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Reply-To"] == "leasing@garden-court.example.com"
    assert received["From"] == "Garden Court <tours@booking.example.com>"


def test_text_and_html_say_the_same_in_any_alphabet() -> None:
    received = as_received(a_mail())

    assert [part.get_content_type() for part in received.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in received.iter_parts()] == [
        "Führung um zwei",
        "<p>Führung um zwei</p>",
    ]


def test_an_invitation_stands_beside_the_html_and_as_an_attachment() -> None:
    alternatives, attachment = as_received(a_mail(invitation=Invitation("CANCEL", ICS))).iter_parts()

    calendar = list(alternatives.iter_parts())[-1]
    assert calendar["Content-Type"] == 'text/calendar; method="CANCEL"; charset="UTF-8"'
    assert calendar.get_payload(decode=True) == ICS
    assert (attachment.get_content_type(), attachment.get_filename()) == ("application/ics", "invite.ics")
    assert attachment.get_payload(decode=True) == ICS


def test_a_long_subject_begins_on_the_line_of_its_name() -> None:
    subject = "New time for your tour of Maple Court Apartments: Tue, Dec 1 at 4:00 PM CST"
    raw = mail.mime(a_mail(subject=subject)).as_bytes()

    assert f"Subject: {subject}\r\n".encode() in raw


def test_what_leaves_is_seven_bit_with_lines_a_mail_server_takes() -> None:
    for text in ("Führung um zwei", "ä" * 5000, "x" * 5000):
        raw = mail.mime(a_mail(text=text, html=text, subject="ü" * 300)).as_bytes()

        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) < 998


TROUBLE = st.text(st.sampled_from('",<>@:;()\\ =?\r\n\u2028äx')) | st.text()
"""Above all the signs that mean something in a header."""


@given(subject=TROUBLE, name=TROUBLE, text=st.text(st.characters(codec="utf-8")))
def test_nothing_a_person_typed_adds_a_header(subject: str, name: str, text: str) -> None:
    """Any subject, sender's name and text: the headers are ours, and the message goes to one person."""
    received = as_received(a_mail(subject=subject, sender_name=name, text=text))

    assert received.keys() == HEADERS
    assert received["To"] == "ada@example.com"
    assert received["From"].addresses[0].addr_spec == "tours@booking.example.com"


def test_a_line_break_in_a_name_does_not_add_a_recipient() -> None:
    received = as_received(
        a_mail(subject="Tour\r\nBcc: everybody@example.com", sender_name="Court\nBcc: x@example.com")
    )

    assert received["Bcc"] is None
    assert received["Subject"] == "Tour Bcc: everybody@example.com"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "a@b@example.com", "ada@example.com\nBcc: x@example.com", "ada@example.com, x@example.com"],
)
def test_a_recipient_who_is_not_one_address_can_never_be_reached(address: str) -> None:
    with pytest.raises(Undeliverable):
        mail.mime(a_mail(to=address))


def test_an_international_domain_is_written_as_mail_servers_know_it() -> None:
    assert as_received(a_mail(to="ada@bücher.example"))["To"] == "ada@xn--bcher-kva.example"


def test_a_mailbox_name_that_ses_cannot_write_is_undeliverable() -> None:
    with pytest.raises(Undeliverable, match="ASCII"):
        mail.mime(a_mail(to="jürgen@example.com"))
