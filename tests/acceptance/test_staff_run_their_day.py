"""The leasing staff work in ResMan, as they always did, and everybody else knows."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.calendar_files import read_strictly
from tests.support.chatbot import Chatbot, an_own_day
from tests.support.local_stack import LocalStack, eventually


@pytest.fixture(scope="module")
def morning(stack: LocalStack) -> dict[str, str]:
    """Four tours were booked; then the staff changed each of them in ResMan, and told nobody."""
    chatbot, day = Chatbot(stack), an_own_day()
    booked = {
        name: chatbot.book(day, time, f"{name}@prospects.example").json()["appointment_id"]
        for name, time in (("shown", "09:00"), ("missed", "10:00"), ("moved", "11:00"), ("puzzling", "12:00"))
    }
    chatbot.resman.staff_change(booked["shown"], "Show", staff_notes="Loved the balcony.")
    chatbot.resman.staff_change(booked["missed"], "No Show")
    starts_at = datetime.fromisoformat(chatbot.tour(booked["moved"])["confirmed_datetime"]) + timedelta(hours=4)
    chatbot.resman.staff_change(booked["moved"], "Scheduled", starts_at=starts_at.isoformat())
    chatbot.resman.staff_change(booked["puzzling"], "On The Roof")
    return booked


def test_staff_hear_of_a_new_tour_with_a_calendar_file(chatbot: Chatbot) -> None:
    answer = chatbot.book(
        an_own_day(), "13:00", "newcomer@prospects.example", special_requests="A ground floor, please"
    )
    guide = answer.json()["staff_member"].split()[0].lower()

    [mail] = eventually(lambda: chatbot.mail_to(f"{guide}@leasing.example", "newcomer@prospects.example"))
    assert "A ground floor, please" in mail["text"]
    assert "ATTENDEE" in read_strictly(mail["calendar"].replace("\r\n", "\n").replace("\n", "\r\n").encode())


def test_what_staff_note_in_resman_is_found_without_anybodys_help(chatbot: Chatbot, morning: dict[str, str]) -> None:
    assert eventually(lambda: "completed" in chatbot.told_states(morning["shown"]))
    assert "Loved the balcony." in chatbot.tour(morning["shown"])["staff_notes"]
    assert eventually(lambda: "no_show" in chatbot.told_states(morning["missed"]))
    assert eventually(lambda: chatbot.mail_to("shown@prospects.example")[1:]), "thanks for coming"
    assert eventually(lambda: chatbot.mail_to("missed@prospects.example")[1:]), "another tour is offered"


def test_a_tour_that_staff_moved_is_moved_for_the_prospect_and_their_guide(
    chatbot: Chatbot, morning: dict[str, str]
) -> None:
    moved = eventually(lambda: _at(chatbot, morning["moved"], "15:00"))
    _, letter = eventually(lambda: _two(chatbot.mail_to("moved@prospects.example")))
    assert "3:00 PM" in letter["text"]
    guide = moved["staff_member"].split()[0].lower()
    assert eventually(lambda: _two(chatbot.mail_to(f"{guide}@leasing.example", "moved@prospects.example")))
    assert len(chatbot.appointments("moved@prospects.example")) == 1


def test_a_word_nobody_knows_is_kept_as_it_came(chatbot: Chatbot, morning: dict[str, str]) -> None:
    """INV-36: never guessed; the tour stands."""
    puzzling = eventually(lambda: _with_resmans_word(chatbot, morning["puzzling"]))
    assert (puzzling["resman_status"], puzzling["status"]) == ("On The Roof", "confirmed")


def test_time_that_staff_gave_away_in_resman_is_not_offered(chatbot: Chatbot) -> None:
    day = an_own_day()
    noon = chatbot.book(day, "12:00", "noon@prospects.example").json()["confirmed_datetime"]
    chatbot.resman.staff_book(property_id="cedar-row", employee_id="noor", starts_at=noon)
    free = chatbot.free_times(day, property_id="cedar-row")
    assert {"11:30", "12:00", "12:30"}.isdisjoint(free)
    assert {"11:00", "13:00"} <= set(free)


def test_the_day_shows_in_the_metrics(chatbot: Chatbot, morning: dict[str, str]) -> None:
    assert eventually(lambda: "no_show" in chatbot.told_states(morning["missed"]))
    totals = chatbot.metrics()["totals"]
    assert totals["completed"] >= 1
    assert totals["no_show"] >= 1
    assert 0 < totals["no_show_rate"] < 1


def _at(chatbot: Chatbot, appointment: str, time: str) -> Any:
    tour = chatbot.tour(appointment)
    return tour if f"T{time}" in tour["confirmed_datetime"] else None


def _with_resmans_word(chatbot: Chatbot, appointment: str) -> Any:
    tour = chatbot.tour(appointment)
    return tour if tour["resman_status"] else None


def _two(mails: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return mails if len(mails) == 2 else []
