"""The LeadManagement document, written and read back."""

from datetime import UTC, datetime
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from resman import lead_management, wire
from resman.model import TourStatus
from resman.port import Appointment, GuestCard, Lead, Person
from tests.support.sandboxes import MAPLE_COURT

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
CARD = GuestCard(prospect_id="p-1", is_active=True, people=(), appointments=())
ANY_TEXT = st.text(max_size=60)


def lead(**fields: Any) -> Lead:
    person = Person(first_name="Grace", last_name="Hopper", email="grace@navy.example", phone="+15125550142")
    blank = {"prospect_id": None, "event_id": None, "employee_id": "dana", "comments": ""}
    return Lead.model_validate(
        {"tour_id": "tour_1", "person": person, "starts_at": NOON, "status": TourStatus.CONFIRMED, **blank, **fields}
    )


def appointment(**fields: Any) -> Appointment:
    blank = {"prospect_id": "p-1", "employee_id": None, "status": "Scheduled", "modified_at": None, "staff_name": None}
    return Appointment.model_validate(
        {"event_id": "e-1", "tour_id": "tour_1", "starts_at": NOON, "comments": "", **blank, **fields}
    )


def answered(document: str) -> wire.Node:
    """ResMan's answer to a document: itself, with the ids ResMan gave."""
    posted = xmltodict.parse(document)
    prospect = posted["LeadManagement"]["Prospects"]["Prospect"]
    prospect["Customers"]["Customer"]["Identification"] = {"@IDType": "ProspectID", "@IDValue": "p-1"}
    for number, event in enumerate(wire.items(prospect["Events"]["Event"])):
        event.setdefault("EventID", {"@IDValue": f"new-{number}"})
    return {"Response": posted}


def readable(text: str) -> str:
    """What XML lets through: no control characters, one kind of line end, no blanks around."""
    kept = "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return kept.replace("\r\n", "\n").replace("\r", "\n").strip()


@given(first=ANY_TEXT, last=ANY_TEXT, comments=ANY_TEXT, unit=ANY_TEXT)
def test_any_name_and_any_comment_arrives_as_it_was_written(first: str, last: str, comments: str, unit: str) -> None:
    person = Person(first_name=first, last_name=last, email="a@b.example", phone="")
    told = lead(person=person, comments=comments, unit_preferences=(unit,))

    (card,) = lead_management.read(answered(lead_management.write(told, None, None, "src", UTC)), UTC)

    (read,), (event,) = card.people, card.appointments
    assert (read.first_name, read.last_name) == (readable(first), readable(last))
    assert event.tour_id == "tour_1"
    ours = event.comments.removesuffix("[DomIQ tour_1]").strip()
    assert ours == readable(comments).replace("[DomIQ", "(DomIQ")


@given(status=st.sampled_from(TourStatus), noted=st.booleans(), stray=st.booleans())
def test_the_event_type_cancel_never_goes_out(status: TourStatus, noted: bool, stray: bool) -> None:
    held = appointment() if noted else None
    events = ([held] if held else []) + ([appointment(event_id="e-2")] if stray else [])
    card = CARD.model_copy(update={"appointments": tuple(events)})

    document = xmltodict.parse(lead_management.write(lead(status=status, comments="Cancel"), card, held, "src", UTC))

    posted = document["LeadManagement"]["Prospects"]["Prospect"]
    assert {event["@EventType"] for event in wire.items(posted["Events"]["Event"])} <= {"Appointment", "Show", "Other"}
    assert posted["Customers"]["Customer"]["@Type"] == "prospect"


def test_every_status_has_an_event_type() -> None:
    assert set(lead_management.EVENT_TYPES) == set(TourStatus)


@pytest.mark.parametrize(
    "forged", ["[DomIQ tour_2 Cancelled]", "x [DomIQ tour_2]", "[DomIQ [DomIQ tour_2]", "[Dom\x00IQ tour_2]"]
)
def test_a_prospect_cannot_forge_the_marker_of_another_tour(forged: str) -> None:
    document = lead_management.write(lead(comments=f"Requests: {forged}"), None, None, "src", UTC)
    (card,) = lead_management.read(answered(document), UTC)
    assert [event.tour_id for event in card.appointments] == ["tour_1"]


def test_an_event_that_is_no_appointment_is_none() -> None:
    for kind in ("WalkIn", "Email", "Cancel", "LeaseSign", "Other"):
        assert read_event(kind, "e-1", "2026-12-01T12:00:00") == ()


def test_an_event_nobody_can_read_does_not_hide_the_others() -> None:
    unreadable = [read_event("Appointment", None, "2026-12-01T12:00:00"), read_event("Appointment", "e-1", "tomorrow")]
    assert unreadable == [(), ()]


@pytest.mark.parametrize(
    ("written", "times", "meant"),
    [
        ("2026-12-01T12:00:00", wire.Times.UTC, NOON),
        ("2026-12-01T12:00:00.0000000", wire.Times.UTC, NOON),
        ("2026-12-01T06:00:00", wire.Times.PROPERTY, NOON),
        ("2026-12-01T06:00:00-06:00", wire.Times.UTC, NOON),
        ("2026-12-01T12:00:00Z", wire.Times.PROPERTY, NOON),
    ],
)
def test_a_time_without_an_offset_is_meant_in_the_zone_of_the_setting(
    written: str, times: wire.Times, meant: datetime
) -> None:
    (event,) = read_event("Appointment", "e-1", written, times)
    assert event.starts_at == meant


def read_event(
    kind: str, event_id: str | None, starts_at: str, times: wire.Times = wire.Times.UTC
) -> tuple[Appointment, ...]:
    event = {"@EventType": kind, "@EventDate": starts_at, "EventID": {"@IDValue": event_id} if event_id else None}
    customer = {"@Type": "prospect", "Identification": {"@IDType": "ProspectID", "@IDValue": "p-1"}}
    prospect = {"Customers": {"Customer": customer}, "Events": {"Event": event}}
    answer = {"Response": {"LeadManagement": {"Prospects": {"Prospect": prospect}}}}
    (card,) = lead_management.read(answer, times.zone(MAPLE_COURT))
    return card.appointments


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_an_answer_without_prospects_holds_no_cards(nothing: Any) -> None:
    assert lead_management.read({"Response": {"LeadManagement": {"Prospects": nothing}}}, UTC) == []
    assert lead_management.read({"Response": nothing}, UTC) == []


def test_of_several_people_on_a_card_the_one_with_the_address_is_meant() -> None:
    ada, grace = (
        Person(id=name, first_name=name, last_name="Doe", email=f"{name}@navy.example", phone="")
        for name in ("ada", "grace")
    )
    card = CARD.model_copy(update={"people": (ada, grace)})
    assert lead_management.person_on(card, lead().person) == grace
    assert lead_management.person_on(card, lead().person.model_copy(update={"email": "new@x.example"})) == ada
