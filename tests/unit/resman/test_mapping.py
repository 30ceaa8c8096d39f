"""Between the chatbot's words and ResMan's."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from resman.mapping import STATUSES, map_chatbot_tour_to_resman, map_resman_status_to_chatbot
from resman.model import Outcome, Prospect, Tour, TourStatus
from resman.property import StaffMember, TourType
from tests.support.sandboxes import MAPLE_COURT

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DANA = StaffMember(id="dana", name="Dana Reyes", email="dana@leasing.example")


def tour(**fields: Any) -> Tour:
    prospect = Prospect(name="Grace Brewster Hopper", email="grace@navy.example", phone="+15125550142")
    blank = {"conversation_id": "c-1", "prospect": prospect, "type": "in_person", "status": "confirmed", "staff": DANA}
    times = dict.fromkeys(("starts_at", "created_at", "state_changed_at", "slot_since"), NOON) | {"day": NOON.date()}
    lengths = {"duration_minutes": 30, "buffer_minutes": 15}
    place = {"id": "tour_1", "account_id": "maple", "property_id": "maple-court", "lane": "dana"}
    return Tour.model_validate({**blank, **times, **lengths, **place, **fields})


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("Scheduled", "appointment", "CONFIRMED", " confirmed "), TourStatus.CONFIRMED),
        (("Show", "Completed", "complete", "shown"), TourStatus.COMPLETED),
        (("Cancelled", "Canceled", "CANCELED"), TourStatus.CANCELLED),
        (("No Show", "NoShow", "no-show", "no_show", "NO  SHOW"), TourStatus.NO_SHOW),
    ],
)
def test_resmans_words_are_understood_in_any_spelling(words: tuple[str, ...], status: TourStatus) -> None:
    assert {map_resman_status_to_chatbot(word) for word in words} == {status}


@given(st.text())
def test_any_other_word_is_unknown_and_never_guessed(word: str) -> None:
    """INV-36"""
    assert map_resman_status_to_chatbot(f"{word} ?x") is None
    assert map_resman_status_to_chatbot("Cancel") is None
    assert map_resman_status_to_chatbot("") is None


def test_our_own_words_are_understood_too_as_a_webhook_may_use_them() -> None:
    final = (TourStatus.CONFIRMED, TourStatus.CANCELLED, TourStatus.COMPLETED, TourStatus.NO_SHOW)
    assert [map_resman_status_to_chatbot(status) for status in final] == list(final)
    assert all(key == key.casefold() and key.isalnum() for key in STATUSES)


def test_a_tour_becomes_a_lead_with_everything_the_leasing_team_needs() -> None:
    told = tour(
        unit_preferences=("2B", "3C"),
        special_requests="Ground floor, please",
        outcome=Outcome.FOLLOW_UP_NEEDED,
        staff_notes="Call on Monday",
        resman_prospect_id="p-1",
        resman_event_id="e-1",
    )

    lead = map_chatbot_tour_to_resman(told, MAPLE_COURT, source_id="src-7")

    assert lead.comments.splitlines() == [
        "In-person tour: 30 minutes, booked by the DomIQ assistant",
        "Units: 2B, 3C",
        "Requests: Ground floor, please",
        "Outcome: follow up needed",
        "Staff notes: Call on Monday",
    ]
    assert (lead.tour_id, lead.starts_at, lead.employee_id, lead.status) == (
        "tour_1",
        NOON,
        "dana",
        TourStatus.CONFIRMED,
    )
    assert (lead.prospect_id, lead.event_id, lead.source_id) == ("p-1", "e-1", "src-7")
    assert lead.unit_preferences == ("2B", "3C")


def test_a_self_guided_tour_takes_nobodys_time() -> None:
    lead = map_chatbot_tour_to_resman(tour(type=TourType.SELF_GUIDED, staff=None, lane="self-guided-1"), MAPLE_COURT)
    assert lead.employee_id is None
    assert lead.comments.startswith("Self-guided tour")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Grace Hopper", "Grace", "Hopper"),
        ("  Grace   Brewster  Hopper ", "Grace", "Brewster Hopper"),
        ("Cher", "", "Cher"),
        ("Łucja Żółć-O'Neill", "Łucja", "Żółć-O'Neill"),
    ],
)
def test_a_name_is_split_as_a_guest_card_wants_it(name: str, first: str, last: str) -> None:
    prospect = Prospect(name=name, email="grace@navy.example", phone="")
    person = map_chatbot_tour_to_resman(tour(prospect=prospect), MAPLE_COURT).person
    assert (person.first_name, person.last_name) == (first, last)


def test_a_tour_of_another_property_is_not_told_here() -> None:
    with pytest.raises(InvalidInput, match="cedar-row"):
        map_chatbot_tour_to_resman(tour(property_id="cedar-row"), MAPLE_COURT)
