"""Calendar files of seats, read by a parser that forgives nothing and by a real one."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from immersio.booking import calendar
from immersio.booking.model import Attendee, Booking, BookingStatus
from immersio.workshop.model import Location, Workshop
from kernel.calendar_files import Method
from kernel.contacts import Contact
from kernel.mail import one_line
from tests.support.calendar_files import read_strictly
from tests.support.seats import FIRST_CLASS, a_workshop

ANY_TEXT = st.text(st.characters(codec="utf-8"))
ODD = "Zoë \"the^ 'Ace';\r\nATTENDEE:mailto:x@example.com\n日本語 👩‍🎓 <script>, \\ " + "ü" * 90
MEI, SCHOOL = Contact("Mei Tanaka", "mei@example.com"), Contact("Language Academy", "classes@example.com")


def a_booking(name: str = "Ada Byron", title: str = "Business English", revision: int = 1) -> Booking:
    return Booking(
        tenant_id=1,
        id=2,
        uid="booking_1_0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        workshop_id=3,
        event_type_id=4,
        title=title,
        starts_at=FIRST_CLASS,
        ends_at=FIRST_CLASS + timedelta(hours=1),
        status=BookingStatus.ACCEPTED,
        attendee=Attendee(email="ada@example.com", name=name, time_zone="UTC"),
        refund_window_seconds=0,
        cancellation_notice_seconds=0,
        revision=revision,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


def files(method: Method, booking: Booking, workshop: Workshop, teacher: Contact = MEI) -> list[bytes]:
    """For the student and for the teacher."""
    return [
        calendar.for_student(method, booking, workshop, teacher).ics,
        calendar.for_teacher(method, booking, workshop, teacher, SCHOOL).ics,
    ]


@settings(deadline=None)
@given(st.lists(st.sampled_from([Method.REQUEST, Method.CANCEL]), min_size=2, max_size=8))
def test_through_any_changes_an_entry_keeps_its_uid_and_counts_on(methods: list[Method]) -> None:
    """INV-33"""
    entries = [
        [read_strictly(ics) for ics in files(method, a_booking(revision=revision), a_workshop(1, 5))]
        for revision, method in enumerate(methods, 1)
    ]
    flat = [event for pair in entries for event in pair]
    assert len({event["UID"] for event in flat}) == 1
    for students, teachers in entries:
        assert students["SEQUENCE"] == teachers["SEQUENCE"]
        assert (students["METHOD"] == "CANCEL") is (students["STATUS"] == "CANCELLED")
    counted = [int(students["SEQUENCE"]) for students, _ in entries]
    assert counted == list(range(1, len(methods) + 1))


@settings(deadline=None)
@given(name=ANY_TEXT, title=ANY_TEXT, teacher=ANY_TEXT, address=ANY_TEXT)
@example(name=ODD, title=ODD, teacher=ODD, address=ODD)
def test_any_name_and_any_title_give_a_valid_file(name: str, title: str, teacher: str, address: str) -> None:
    """INV-33: valid for a strict parser, which also sees lines fold, and a lenient one finds no error in it either."""
    workshop = a_workshop(1, 5, locations=(Location(type="in_person", address=address),))
    booking, guide = a_booking(name, title), Contact(teacher, "mei@example.com")
    saved = calendar.to_save(booking, workshop, guide, FIRST_CLASS)
    for ics in (
        *files(Method.REQUEST, booking, workshop, guide),
        *files(Method.CANCEL, booking, workshop, guide),
        saved,
    ):
        event = read_strictly(ics)
        assert event["ORGANIZER"].startswith("mailto:")
        (read,) = icalendar.Calendar.from_ical(ics).walk("VEVENT")
        assert read.errors == []
    (kept,) = icalendar.Calendar.from_ical(saved).walk("VEVENT")
    assert str(kept["SUMMARY"]) == one_line(title)


@pytest.mark.parametrize(
    ("locations", "place"),
    [
        ((Location(type="zoom", link="https://zoom.us/j/1"),), "https://zoom.us/j/1"),
        ((Location(type="in_person", address="Room 1"), Location(type="zoom", link="https://zoom.us/j/1")), "Room 1"),
        ((Location(type="google_meet"),), "Google Meet"),
        ((), "Online"),
    ],
)
def test_a_place_is_named_as_well_as_it_is_known(locations: tuple[Location, ...], place: str) -> None:
    workshop = a_workshop(1, 5, locations=locations)
    assert [read_strictly(ics)["LOCATION"] for ics in files(Method.REQUEST, a_booking(), workshop)] == [place, place]


def test_a_name_in_quotes_is_written_as_every_program_reads_it() -> None:
    """RFC 6868's `^'` would be shown as it stands by most."""
    ics = calendar.for_student(Method.REQUEST, a_booking('Jo "Ace" ^Bee'), a_workshop(1, 5), MEI).ics
    (event,) = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    assert event["ATTENDEE"].params["CN"] == "Jo 'Ace' Bee"
    assert b"^" not in ics
