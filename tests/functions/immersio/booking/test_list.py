"""immersio.booking.list"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.access.model import Role
from immersio.booking.model import Attendee, BookingStatus, Cancellation, CancelledBy, Refund
from immersio.payment.model import Dispute, RefundStatus
from immersio.workshop.model import Workshop
from kernel import clock, keys, table
from tests.support import students
from tests.support.lists import hooked
from tests.support.schools import School, Schools, error, result, sample_input
from tests.support.seats import FIRST_CLASS, WEEK, booked, opened, read
from tests.support.staff import LIST, ask_for, listed, uids

ACCEPTED, PENDING, CANCELLED = BookingStatus.ACCEPTED, BookingStatus.PENDING, BookingStatus.CANCELLED
STAFF = [Role.OWNER, Role.ADMIN, Role.MEMBER]
Seat = tuple[int, int, BookingStatus]
"""Its workshop, its week and its status."""


@pytest.fixture
def workshop(schools: Schools) -> Workshop:
    return opened(schools.academy)


def student(school: School) -> Attendee:
    return Attendee(email=school.users[Role.STUDENT]["email"], name="Sofia", time_zone="UTC")


def test_a_booking_is_told_as_by_its_workshop_with_what_became_of_its_money(
    schools: Schools, workshop: Workshop
) -> None:
    dispute = Dispute(
        id="dp_1", payment_intent_id="pi_1", status="needs_response", reason="fraudulent", amount=1500, currency="EUR"
    )
    ended = Cancellation(at=clock.now(), by=CancelledBy.TENANT, within_window=True, eligible=True)
    refund = Refund(status=RefundStatus.PENDING, amount=1500, currency="EUR", stripe_refund_id="re_1")
    booked(workshop, status=CANCELLED, cancellation=ended, refund=refund, dispute=dispute)
    (of_its_workshop,) = result(read(schools, workshop))["bookings"]
    assert listed(schools) == {
        "bookings": [
            {
                **of_its_workshop,
                "workshopId": workshop.id,
                "refund": {"status": "pending", "amount": 1500, "currency": "EUR"},
                "dispute": {"status": "needs_response", "reason": "fraudulent", "amount": 1500, "currency": "EUR"},
            }
        ],
        "totalCount": 1,
    }


def test_where_no_money_went_back_and_nobody_asked_for_it_there_is_null(schools: Schools, workshop: Workshop) -> None:
    booked(workshop)
    (booking,) = listed(schools)["bookings"]
    assert (booking["refund"], booking["dispute"]) == (None, None)


@pytest.mark.parametrize("role", list(Role))
def test_the_latest_class_is_first_and_of_one_class_who_booked_last(schools: Schools, role: Role) -> None:
    mine, other = opened(schools.academy), opened(schools.academy, slug="another")
    made = [
        booked(of, FIRST_CLASS + WEEK * week, status=status, attendee=student(schools.academy))
        for of, week, status in ((mine, 0, ACCEPTED), (mine, 1, CANCELLED), (other, 1, PENDING), (mine, 1, ACCEPTED))
    ]
    assert uids(listed(schools, role)) == [booking.uid for booking in reversed(made)]


def test_who_runs_the_school_sees_all_its_bookings_and_a_teacher_those_of_their_workshops(schools: Schools) -> None:
    """INV-24"""
    own, of_colleague = opened(schools.academy), opened(schools.academy, Role.ADMIN, slug="a-colleagues")
    mine, theirs = booked(own), booked(of_colleague, FIRST_CLASS - WEEK)
    for role in (Role.OWNER, Role.ADMIN):
        assert uids(listed(schools, role)) == [mine.uid, theirs.uid]
        assert uids(listed(schools, role, workshopId=of_colleague.id)) == [theirs.uid]
    answer = ask_for(schools, Role.MEMBER)
    assert (uids(result(answer)), result(answer)["totalCount"], theirs.uid in answer.body) == ([mine.uid], 1, False)
    refused = ask_for(schools, Role.MEMBER, workshopId=of_colleague.id)
    assert (refused.status, error(refused)["appCode"], theirs.uid in refused.body) == (403, "FORBIDDEN", False)


def test_a_student_sees_their_own_however_their_address_is_spelled(schools: Schools, workshop: Workshop) -> None:
    """INV-24, INV-08: and nobody else's, also not of a workshop that they name."""
    me = student(schools.academy)
    spelled = me.model_copy(update={"email": me.email.replace("student", "Student")})
    other = opened(schools.academy, slug="another")
    mine, also_mine, elsewhere = (
        booked(workshop, attendee=me),
        booked(workshop, FIRST_CLASS + WEEK, attendee=spelled),
        booked(other, FIRST_CLASS + 2 * WEEK, attendee=me),
    )
    booked(workshop), booked(other)
    everything = listed(schools, Role.STUDENT)
    assert uids(everything) == [elsewhere.uid, also_mine.uid, mine.uid]
    assert everything["totalCount"] == 3
    of_one = listed(schools, Role.STUDENT, workshopId=workshop.id, limit=1, page=2)
    assert (uids(of_one), of_one["totalCount"]) == ([mine.uid], 2)
    assert listed(schools, Role.STUDENT, workshopId=1) == {"bookings": [], "totalCount": 0}


def test_another_schools_bookings_are_not_among_them(schools: Schools, workshop: Workshop) -> None:
    """INV-23: not even of a student with the same address."""
    booked(workshop, attendee=student(schools.studio))
    for role in (Role.OWNER, Role.STUDENT):
        assert listed(schools, role, schools.studio) == {"bookings": [], "totalCount": 0}


@pytest.mark.parametrize("role", STAFF)
def test_another_schools_workshop_is_not_there(schools: Schools, role: Role) -> None:
    """INV-23"""
    theirs, missing = opened(schools.studio, teacher=Role.OWNER), opened(schools.academy).id + 1
    booked(theirs)
    replies = [ask_for(schools, role, workshopId=one) for one in (theirs.id, missing)]
    assert replies[0] == replies[1]
    assert (replies[0].status, error(replies[0])["appCode"]) == (404, "WORKSHOP_NOT_FOUND")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("status", list(BookingStatus))
def test_a_status_can_be_asked_for(schools: Schools, workshop: Workshop, role: Role, status: BookingStatus) -> None:
    made = {one: booked(workshop, status=one, attendee=student(schools.academy)).uid for one in BookingStatus}
    answer = listed(schools, role, status=status.value)
    assert (uids(answer), answer["totalCount"]) == ([made[status]], 1)


def test_a_booking_that_ends_is_found_under_its_new_status_only(schools: Schools) -> None:
    uid, token = students.booked(students.free_workshop(schools))
    for before, after in ((uid, None), (None, uid)):
        found = [uids(listed(schools, status=status)) for status in ("accepted", "cancelled")]
        assert found == [[one] if one else [] for one in (before, after)]
        students.cancel(uid, token)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seats=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(BookingStatus)), max_size=8),
    role=st.sampled_from(Role),
    status=st.none() | st.sampled_from(BookingStatus),
    asks_for_one=st.booleans(),
    limit=st.integers(1, 4),
)
def test_the_pages_together_are_all_that_was_asked_for(
    schools: Schools, seats: list[Seat], role: Role, status: BookingStatus | None, asks_for_one: bool, limit: int
) -> None:
    """Of any bookings, each is on exactly one page, and every page knows how many there are."""
    _forget_all(schools)
    workshops = [opened(schools.academy, slug=f"class-{number}") for number in range(3)]
    me = student(schools.academy)
    made = [booked(workshops[of], FIRST_CLASS + WEEK * week, status=has, attendee=me) for of, week, has in seats]
    asked: dict[str, Any] = ({"status": status.value} if status else {}) | (
        {"workshopId": workshops[0].id} if asks_for_one else {}
    )
    of = {workshop.id for workshop in (workshops[:1] if asks_for_one else workshops)}
    wanted = [one for one in made if status in {None, one.status} and one.workshop_id in of]
    pages = [listed(schools, role, page=number, limit=limit, **asked) for number in range(1, len(wanted) // limit + 3)]
    expected = [one.uid for one in sorted(wanted, key=lambda one: (one.starts_at, one.id), reverse=True)]
    assert [uid for page in pages for uid in uids(page)] == expected
    assert {page["totalCount"] for page in pages} == {len(wanted)}
    assert [page["bookings"] for page in pages[-1:]] == [[]]


def _forget_all(schools: Schools) -> None:
    """The bookings of an example before."""
    for row in schools.rows():
        if row["entity"] in {"booking", "occurrence"}:
            table.write(table.Delete(key=keys.Key(row["pk"], row["sk"])))


@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER])
def test_a_page_reads_only_the_bookings_it_shows(schools: Schools, workshop: Workshop, role: Role) -> None:
    """Of 15 classes with 4 seats, 3 of them taken and 1 given back; of those before it at the most where they are."""
    for week in range(15):
        for status in (ACCEPTED, CANCELLED, ACCEPTED, ACCEPTED):
            booked(workshop, FIRST_CLASS + WEEK * week, status=status)
    bookings: list[Any] = []

    def note(parsed: Any, **_: Any) -> None:
        rows = [*parsed.get("Items", []), *(row for rows in parsed.get("Responses", {}).values() for row in rows)]
        bookings.extend(row for row in rows if row.get("entity", {}).get("S") == "booking" and "attendee" in row)

    wanted: list[tuple[dict[str, Any], int]] = [({"status": "accepted"}, 3), ({"status": "cancelled"}, 1), ({}, 4)]
    for asked, of_one_class in wanted:
        for number in (1, 2, 3):
            bookings.clear()
            with hooked("after-call.dynamodb", note):
                answer = listed(schools, role, page=number, limit=5, **asked)
            assert len(answer["bookings"]) == 5
            most = 5 if role is Role.OWNER else (5 + of_one_class) * (1 if asked else len(BookingStatus))
            assert len(bookings) <= most


def test_a_teacher_who_has_no_workshop_has_no_bookings(schools: Schools) -> None:
    booked(opened(schools.academy, teacher=Role.OWNER))
    assert listed(schools, Role.MEMBER) == {"bookings": [], "totalCount": 0}


def test_a_workshop_that_goes_to_another_teacher_takes_its_bookings_along(schools: Schools, workshop: Workshop) -> None:
    booked(workshop)
    given = {"id": workshop.id, "teacherId": schools.academy.users[Role.ADMIN]["id"]}
    result(schools.call("immersio.workshop.update", schools.academy.cookie(Role.OWNER), sent=given))
    assert listed(schools, Role.MEMBER)["totalCount"] == 0


def test_what_changed_since_its_list_was_read_is_not_shown_under_its_old_status(
    schools: Schools, workshop: Workshop
) -> None:
    seat = booked(workshop)

    def end(**_: Any) -> None:
        table.write(table.Update(key=keys.booking(seat.tenant_id, seat.uid), set={"status": "cancelled"}))

    with hooked("before-call.dynamodb.BatchGetItem", end):
        assert uids(listed(schools, status="accepted")) == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"limit": 1001}, "limit: must be from 1 to 1000; the rest is on the next pages"),
        ({"limit": 0}, "limit: must be from 1 to 1000; the rest is on the next pages"),
        ({"page": 0}, "page: must be at least 1"),
        ({"status": "paid"}, "status: must be one of 'accepted', 'pending' or 'cancelled'"),
        ({"workshopId": None}, "workshopId: must be a number"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(schools: Schools, sent: dict[str, Any], message: str) -> None:
    reply = ask_for(schools, **sent)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"] == message


def test_the_sample_event_is_taken(schools: Schools, workshop: Workshop) -> None:
    seat = booked(workshop, FIRST_CLASS + timedelta(days=1))
    assert uids(listed(schools, **sample_input(LIST))) == [seat.uid]
