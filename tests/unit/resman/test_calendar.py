"""Calendar files of tours, read by a parser that forgives nothing and by a real one."""

from datetime import UTC, datetime

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar_files import Method
from resman import calendar
from resman.property import TourType
from tests.support.calendar_files import read_strictly
from tests.support.tours import JONAS, a_property, a_prospect, a_tour

ANY_TEXT = st.text(st.characters(codec="utf-8"))


@pytest.fixture(autouse=True)
def mail_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", "tours@booking.example.com")


def test_an_invitation_says_when_where_and_who() -> None:
    event = read_strictly(calendar.for_prospect(Method.REQUEST, a_tour(), a_property()).ics)

    assert (event["DTSTART"], event["DTEND"]) == ("20261201T200000Z", "20261201T203000Z")
    assert event["LOCATION"] == r"1200 Elm Street\, Austin\, TX 78701"
    assert event["ORGANIZER"] == "mailto:leasing@garden-court.example.com"
    assert event["ATTENDEE"] == "mailto:ada@example.com"
    assert (event["METHOD"], event["STATUS"]) == ("REQUEST", "CONFIRMED")


def test_a_tour_keeps_its_place_in_the_calendar_while_it_is_moved_and_cancelled() -> None:
    """INV-33: a stable UID, a SEQUENCE one higher with each change, METHOD:CANCEL at the end."""
    moved = a_tour(revision=3, starts_at=datetime(2026, 12, 3, 16, tzinfo=UTC))
    gone = moved.model_copy(update={"revision": 4})
    first, second, last = (
        read_strictly(calendar.for_prospect(method, tour, a_property()).ics)
        for method, tour in ((Method.REQUEST, a_tour()), (Method.REQUEST, moved), (Method.CANCEL, gone))
    )

    assert first["UID"] == second["UID"] == last["UID"]
    assert [int(event["SEQUENCE"]) for event in (first, second, last)] == [2, 3, 4]
    assert (last["METHOD"], last["STATUS"]) == ("CANCEL", "CANCELLED")


def test_prospect_and_staff_see_the_same_event() -> None:
    prospects = read_strictly(calendar.for_prospect(Method.REQUEST, a_tour(), a_property()).ics)
    guides = read_strictly(calendar.for_staff(Method.REQUEST, a_tour(staff=JONAS), a_property()).ics)

    assert guides["UID"] == prospects["UID"]
    assert guides["ATTENDEE"] == "mailto:jonas@garden-court.example.com"
    assert guides["SUMMARY"] == r"Tour: Ada Lovelace\, Garden Court"


def test_nobody_is_invited_by_themselves() -> None:
    """Calendars ignore such an invitation; the leasing office's comes from the address the mail is sent from."""
    tour = a_tour(type=TourType.SELF_GUIDED, staff=None, lane="self-guided-1")
    event = read_strictly(calendar.for_staff(Method.REQUEST, tour, a_property()).ics)

    assert event["ATTENDEE"] == "mailto:leasing@garden-court.example.com"
    assert event["ORGANIZER"] == "mailto:tours@booking.example.com"


def test_a_virtual_tour_takes_place_at_its_own_link() -> None:
    event = read_strictly(calendar.for_prospect(Method.REQUEST, a_tour(type=TourType.VIRTUAL), a_property()).ics)

    assert event["LOCATION"] == event["URL"] == f"https://video.example.com/garden-court/{a_tour().id}"


def test_the_end_is_elapsed_time_when_the_clocks_change_during_a_tour() -> None:
    local = datetime(2026, 11, 1, 1, 45, fold=0, tzinfo=a_property().zone)
    event = read_strictly(calendar.for_prospect(Method.REQUEST, a_tour(starts_at=local), a_property()).ics)

    assert (event["DTSTART"], event["DTEND"]) == ("20261101T064500Z", "20261101T071500Z")


@given(name=ANY_TEXT, request=ANY_TEXT, home=ANY_TEXT, place=ANY_TEXT)
def test_any_name_and_any_request_give_a_valid_file(name: str, request: str, home: str, place: str) -> None:
    """INV-33: valid for a strict parser, and a lenient one finds no error in it either."""
    at = a_property().model_copy(update={"name": place})
    tour = a_tour(prospect=a_prospect(name=name), special_requests=request, unit_preferences=(home,))

    for invite in (calendar.for_prospect, calendar.for_staff):
        ics = invite(Method.REQUEST, tour, at).ics
        assert read_strictly(ics)["ATTENDEE"].startswith("mailto:")
        (event,) = icalendar.Calendar.from_ical(ics).walk("VEVENT")
        assert event.errors == []
