"""immersio.workshop.getBookings"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.access.model import Role
from immersio.booking.model import Attendee, BookingStatus, Payment, PaymentStatus
from immersio.workshop.model import Workshop
from kernel import table
from tests.support.schools import Schools, error, result, sample_input
from tests.support.seats import FIRST_CLASS, READ, WEEK, booked, opened, read

ACCEPTED, PENDING, CANCELLED = BookingStatus.ACCEPTED, BookingStatus.PENDING, BookingStatus.CANCELLED
A_MOMENT = timedelta(milliseconds=1)
Seat = tuple[int, BookingStatus]
"""Its week and its status."""


@pytest.fixture
def workshop(schools: Schools) -> Workshop:
    return opened(schools.academy)


def page(schools: Schools, workshop: Workshop, **sent: Any) -> Any:
    return result(read(schools, workshop, **sent))


def ids_of(answer: Any) -> list[int]:
    return [booking["id"] for booking in answer["bookings"]]


def test_a_paid_seat_is_told_as_specified(schools: Schools, workshop: Workshop) -> None:
    payment = Payment(
        id=456,
        account_id="acct_123",
        amount=1500,
        currency="USD",
        status=PaymentStatus.PAID,
        expires_at=FIRST_CLASS,
    )
    seat = booked(workshop, payment=payment, paid=True, immersio_student_id="student_456", registration_source="page")
    assert page(schools, workshop) == {
        "bookings": [
            {
                "id": seat.id,
                "uid": seat.uid,
                "title": "Business English",
                "startTime": FIRST_CLASS,
                "endTime": FIRST_CLASS + timedelta(hours=1),
                "status": "accepted",
                "paid": True,
                "attendees": [{"email": "ada@example.com", "name": "Ada Byron", "timeZone": "America/New_York"}],
                "payment": {"amount": 1500, "currency": "USD", "status": "succeeded"},
                "metadata": {"immersioStudentId": "student_456", "registrationSource": "page"},
                "createdAt": seat.created_at,
            }
        ],
        "totalCount": 1,
    }


def test_a_free_seat_has_no_payment_and_what_is_not_known_is_left_out(schools: Schools, workshop: Workshop) -> None:
    booked(workshop)
    (seat,) = page(schools, workshop)["bookings"]
    assert (seat["paid"], seat["payment"], seat["metadata"]) == (False, None, {})


def test_without_bookings_the_page_is_empty(schools: Schools, workshop: Workshop) -> None:
    assert page(schools, workshop) == {"bookings": [], "totalCount": 0}


def test_bookings_come_in_the_order_of_classes_and_then_as_they_were_made(schools: Schools, workshop: Workshop) -> None:
    later = [booked(workshop, FIRST_CLASS + WEEK, status=status) for status in (CANCELLED, ACCEPTED, PENDING)]
    first = [booked(workshop, status=status) for status in (PENDING, CANCELLED, ACCEPTED)]
    assert ids_of(page(schools, workshop)) == [booking.id for booking in (*first, *later)]


@pytest.mark.parametrize("status", list(BookingStatus))
def test_a_status_can_be_asked_for(schools: Schools, workshop: Workshop, status: BookingStatus) -> None:
    wanted = {one: booked(workshop, status=one).id for one in BookingStatus}[status]
    answer = page(schools, workshop, status=status.value)
    assert (ids_of(answer), answer["totalCount"]) == ([wanted], 1)


def test_both_dates_are_included(schools: Schools, workshop: Workshop) -> None:
    starts = [FIRST_CLASS + WEEK * week for week in range(4)]
    seats = [booked(workshop, at).id for at in starts]

    def between(**dates: datetime) -> list[int]:
        answer = page(schools, workshop, **dates)
        assert answer["totalCount"] == len(answer["bookings"])
        return ids_of(answer)

    assert between(startDate=starts[1], endDate=starts[2]) == seats[1:3]
    assert between(startDate=starts[1] + A_MOMENT, endDate=starts[2] - A_MOMENT) == []
    assert between(startDate=starts[2]) == seats[2:]
    assert between(endDate=starts[1]) == seats[:2]
    assert between(startDate=starts[1], endDate=starts[1]) == seats[1:2]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seats=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(BookingStatus)), max_size=8),
    status=st.none() | st.sampled_from(BookingStatus),
    since=st.none() | st.integers(0, 3),
    limit=st.integers(1, 5),
)
def test_the_pages_together_are_all_that_was_asked_for(
    schools: Schools,
    seats: list[tuple[int, BookingStatus]],
    status: BookingStatus | None,
    since: int | None,
    limit: int,
) -> None:
    """Of any bookings, each is on exactly one page, and every page knows how many there are."""
    workshop = opened(schools.academy)
    made = [booked(workshop, FIRST_CLASS + WEEK * week, status=has) for week, has in seats]
    begins = FIRST_CLASS + WEEK * (since or 0)
    wanted = [one for one in made if one.starts_at >= begins and status in {None, one.status}]
    asked = {"limit": limit} | ({"status": status.value} if status else {}) | ({"startDate": begins} if since else {})
    pages = [page(schools, workshop, page=number, **asked) for number in range(1, len(wanted) // limit + 3)]
    expected = [one.id for one in sorted(wanted, key=lambda one: (one.starts_at, one.id))]
    assert [one for answer in pages for one in ids_of(answer)] == expected
    assert {answer["totalCount"] for answer in pages} == {len(wanted)}
    assert [answer["bookings"] for answer in pages[-1:]] == [[]]


def test_a_page_reads_only_the_bookings_it_shows(schools: Schools, workshop: Workshop) -> None:
    """Of 15 classes with 4 seats, 3 of them taken and 1 given back."""
    for week in range(15):
        for status in (ACCEPTED, CANCELLED, ACCEPTED, ACCEPTED):
            booked(workshop, FIRST_CLASS + WEEK * week, status=status)
    entities: list[str] = []

    def note(parsed: Any, **_: Any) -> None:
        entities.extend(item["entity"]["S"] for item in parsed["Items"])

    table.client().meta.events.register("after-call.dynamodb.Query", note)
    for asked, of_one_class in (({"status": "accepted"}, 3), ({"status": "cancelled"}, 1), ({}, 4)):
        for number in (1, 2, 3):
            entities.clear()
            answer = page(schools, workshop, page=number, limit=5, **asked)
            assert (len(answer["bookings"]), entities.count("occurrence")) == (5, 15)
            most = 5 + of_one_class
            assert entities.count("booking") <= most * (1 if asked else len(BookingStatus))


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"limit": 1001}, "limit: must be from 1 to 1000; the rest is on the next pages"),
        ({"limit": 0}, "limit: must be from 1 to 1000; the rest is on the next pages"),
        ({"page": 0}, "page: must be at least 1"),
        ({"page": 1.5}, "page: must be a whole number"),
        ({"status": "paid"}, "status: must be one of 'accepted', 'pending' or 'cancelled'"),
        ({"status": None}, "status: must be one of 'accepted', 'pending' or 'cancelled'"),
        ({"startDate": FIRST_CLASS, "endDate": FIRST_CLASS - A_MOMENT}, "endDate: must not be earlier than startDate"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(
    schools: Schools, workshop: Workshop, sent: dict[str, Any], message: str
) -> None:
    reply = read(schools, workshop, **sent)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"] == message


@pytest.mark.parametrize("year", [1, 9999])
def test_any_date_of_javascript_is_taken(schools: Schools, workshop: Workshop, year: int) -> None:
    seat = booked(workshop)
    dates = {1: {"startDate": datetime(1, 1, 1, tzinfo=UTC)}, 9999: {"endDate": datetime(9999, 12, 31, tzinfo=UTC)}}
    assert ids_of(page(schools, workshop, **dates[year])) == [seat.id]


def test_a_teacher_reads_the_bookings_of_their_own_workshops_only(schools: Schools) -> None:
    """INV-24: who runs the school reads them all."""
    workshop = opened(schools.academy, teacher=Role.ADMIN)
    seat = booked(workshop)
    refused = read(schools, workshop, Role.MEMBER)
    assert (refused.status, error(refused)["appCode"], seat.uid in refused.body) == (403, "FORBIDDEN", False)
    for role in (Role.OWNER, Role.ADMIN):
        assert ids_of(result(read(schools, workshop, role))) == [seat.id]


@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER])
def test_another_schools_workshop_is_not_there(schools: Schools, role: Role) -> None:
    """INV-23"""
    theirs, missing = opened(schools.studio, teacher=Role.OWNER), opened(schools.academy).id + 1
    booked(theirs)
    replies = [
        schools.call(READ, schools.academy.cookie(role), sent={"workshopId": one}) for one in (theirs.id, missing)
    ]
    assert replies[0] == replies[1]
    assert (replies[0].status, error(replies[0])["appCode"]) == (404, "WORKSHOP_NOT_FOUND")


def test_another_workshops_bookings_are_not_among_them(schools: Schools, workshop: Workshop) -> None:
    booked(opened(schools.academy), attendee=Attendee(email="bo@example.com", name="Bo", time_zone="UTC"))
    assert page(schools, workshop) == {"bookings": [], "totalCount": 0}


def test_the_sample_event_is_taken(schools: Schools, workshop: Workshop) -> None:
    seat = booked(workshop)
    assert ids_of(result(read(schools, workshop, **{**sample_input(READ), "workshopId": workshop.id}))) == [seat.id]
