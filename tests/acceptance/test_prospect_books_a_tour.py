"""A prospect talks to the chatbot, and gets a tour."""

import base64
from datetime import date, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from kernel import signatures
from tests.support.calendar_files import read_strictly
from tests.support.chatbot import Chatbot, an_own_day
from tests.support.local_stack import eventually


def test_a_prospect_books_moves_and_takes_a_tour(chatbot: Chatbot) -> None:
    """From "what is free?" to "how did you like it?"; ResMan holds one appointment all the time."""
    day, ada = an_own_day(), "ada.story@example.com"

    first, *_, last = chatbot.free_times(day)
    booked = chatbot.book(day, first, ada, special_requests="We have a small dog.")
    assert booked.status_code == 201, booked.text
    tour = booked.json()["appointment_id"]
    assert _local(booked.json()["confirmed_datetime"]) == f"{day}T{first}"
    invited = _invitation(chatbot, ada, 1)
    assert _start(invited) == booked.json()["confirmed_datetime"]

    moved = chatbot.update(tour, rescheduled_datetime=f"{day}T{last}")
    assert moved.status_code == 200, moved.text
    invited_again = _invitation(chatbot, ada, 2)
    assert _start(invited_again) == moved.json()["confirmed_datetime"]
    assert invited_again["UID"] == invited["UID"]
    assert int(invited_again["SEQUENCE"]) > int(invited["SEQUENCE"])
    assert chatbot.update(tour, status="completed", outcome="interested").status_code == 200

    [appointment] = chatbot.appointments(ada)
    assert (appointment["tour_id"], appointment["event_type"]) == (tour, "Show")
    assert eventually(lambda: "completed" in chatbot.told_states(tour))
    assert eventually(lambda: chatbot.told_states(tour)[4:])
    assert chatbot.told_states(tour) == [*["pending_sync", "confirmed"] * 2, "completed"]


def test_every_word_to_the_chatbot_verifies_with_an_off_the_shelf_library(chatbot: Chatbot) -> None:
    """Standard Webhooks, and our own signature; one changed byte is refused."""
    tour = _booked(chatbot, an_own_day(), "10:00", "signed@example.com")
    secret = chatbot.stack.description["secrets"]["outgoingWebhook"]
    for sent in eventually(lambda: chatbot.told(tour)[1:] and chatbot.told(tour)):
        assert Webhook(secret).verify(sent["body"], sent["headers"])["event"] == "tour.updated"
        signatures.verify(secret, sent["headers"], sent["body"].encode())
        with pytest.raises(Exception, match="No matching signature"):
            Webhook(secret).verify(sent["body"] + " ", sent["headers"])


def test_a_prospect_who_cancels_gets_the_tour_out_of_their_calendar(chatbot: Chatbot) -> None:
    day, grace = an_own_day(), "grace.story@example.com"
    tour = _booked(chatbot, day, "11:00", grace, property_id="cedar-row")
    invited = _invitation(chatbot, grace, 1)
    assert chatbot.update(tour, status="cancelled").status_code == 200

    withdrawn = _invitation(chatbot, grace, 2)
    assert (withdrawn["METHOD"], withdrawn["STATUS"], withdrawn["UID"]) == ("CANCEL", "CANCELLED", invited["UID"])
    assert int(withdrawn["SEQUENCE"]) > int(invited["SEQUENCE"])
    assert "11:00" in chatbot.free_times(day, property_id="cedar-row")


def test_a_prospect_too_late_takes_one_of_the_alternatives(chatbot: Chatbot) -> None:
    day = an_own_day()
    _booked(chatbot, day, "14:00", "quick@example.com", property_id="cedar-row")
    refused = chatbot.book(day, "14:00", "slow@example.com", property_id="cedar-row")
    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")

    offered = refused.json()["details"]["alternatives"][0]
    taken = chatbot.book(
        date.fromisoformat(offered["date"]), offered["time"], "slow@example.com", property_id="cedar-row"
    )
    assert (taken.status_code, taken.json()["confirmed_datetime"]) == (201, offered["datetime"])


def test_resman_loses_its_answer_after_it_took_the_tour(chatbot: Chatbot) -> None:
    """INV-34: a time-out after the effect; the retry finds the appointment and never makes a second."""
    chatbot.resman.fail(path="PostLeadManagement", status=504, afterEffect=True, times=1)
    booked = chatbot.book(an_own_day(), "10:00", "after.effect@example.com")

    assert booked.status_code == 201, booked.text
    [appointment] = chatbot.appointments("after.effect@example.com")
    assert appointment["tour_id"] == booked.json()["appointment_id"]


def test_a_tour_booked_while_resman_is_down_is_confirmed_by_itself(chatbot: Chatbot) -> None:
    """202 at once, then nobody does anything but ResMan's own operators."""
    day, edith = an_own_day(), "edith.story@example.com"
    try:
        chatbot.resman.fail(status=503, times=10_000)
        kept = chatbot.book(day, "10:00", edith, property_id="cedar-row")
        assert (kept.status_code, kept.json()["status"]) == (202, "pending_sync")
        assert chatbot.book(day, "10:00", "rival@example.com", property_id="cedar-row").status_code == 409
        assert chatbot.mail_to(edith) == []
    finally:
        chatbot.resman.recover()

    tour = kept.json()["appointment_id"]
    assert eventually(lambda: "confirmed" in chatbot.told_states(tour))
    assert _start(_invitation(chatbot, edith, 1)) == kept.json()["requested_datetime"]
    [appointment] = chatbot.appointments(edith)
    assert appointment["tour_id"] == tour
    assert chatbot.tour(tour)["status"] == "confirmed"


def _booked(chatbot: Chatbot, day: date, time: str, email: str, **changes: Any) -> str:
    answer = chatbot.book(day, time, email, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["appointment_id"])


def _invitation(chatbot: Chatbot, address: str, number: int) -> dict[str, str]:
    """The event in the n-th calendar file somebody got, once it is there; the mail shows it and attaches it."""

    def look() -> list[dict[str, Any]]:
        invited = [mail for mail in chatbot.mail_to(address) if mail["calendar"]]
        return invited if len(invited) >= number else []

    mail = eventually(look)[number - 1]
    [attached] = mail["attachments"]
    event = read_strictly(_bytes(attached["content"]))
    assert event["UID"] in mail["calendar"]
    return event


def _bytes(content: str) -> bytes:
    return content.encode() if content.startswith("BEGIN:") else base64.b64decode(content)


def _start(event: dict[str, str]) -> str:
    """DTSTART as the API would write it."""
    from zoneinfo import ZoneInfo

    stamp = datetime.fromisoformat(event["DTSTART"])
    return stamp.astimezone(ZoneInfo("America/Chicago")).isoformat()


def _local(confirmed: str) -> str:
    return confirmed[: len("2026-12-01T14:00")]
