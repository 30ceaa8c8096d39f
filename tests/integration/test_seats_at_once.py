"""Many want the seats of one class in the same moment: real threads on MiniStack, where writes meet as in DynamoDB."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from immersio.booking.model import BookingStatus
from immersio.seat.model import Hold
from immersio.whitelist import service
from kernel import ids
from tests.support import schools as school_worlds
from tests.support.bookings import (
    book,
    bookings,
    count_towards_the_plan,
    counted_this_month,
    free_of_charge,
    occupancy,
    wanted,
)
from tests.support.chatbot import all_at_once
from tests.support.contention import contention, every_write_refused_once
from tests.support.inside import inside
from tests.support.lists import entries, hooked, meanwhile
from tests.support.local_stack import LocalStack
from tests.support.schools import Schools
from tests.support.world import Reply, World

AT_ONCE = 30
LISTED = 60
CLASS, CROWD, THREADS = 100, 2_000, 100
OVER_HTTP = 50
PLAN = 50
FULL = (409, "NO_SEATS_AVAILABLE")
BOOKED = (201, None)
ALWAYS_TRUE = " OR attribute_not_exists(no_such_attribute)"
SINGLE, TRANSACTION = "UpdateItem", "TransactWriteItems"


@pytest.fixture
def schools(world: World) -> Schools:
    """Two schools of the test's own."""
    return school_worlds.founded(mark=ids.new("test")[-12:].lower())


@pytest.mark.parametrize("meeting", [False, True], ids=["", "where writes meet"])
@pytest.mark.parametrize("bookers", [2, 50, 200])
def test_of_many_bookers_of_the_last_seat_exactly_one_gets_it(schools: Schools, bookers: int, meeting: bool) -> None:
    """INV-01: all have looked and seen it free before anybody writes."""
    made = free_of_charge(schools, seats=3)
    for number in (9001, 9002):
        assert book(schools, made["slug"], number).status == 201
    with contention() if meeting else nullcontext():
        assert _race(schools, made["slug"], bookers) == {BOOKED: 1, FULL: bookers - 1}
    _consistent(schools, made["id"], sold=3)


@pytest.mark.parametrize("meeting", [False, True], ids=["", "where writes meet"])
def test_of_many_bookers_of_a_class_that_nobody_has_booked_yet_exactly_one_gets_its_seat(
    schools: Schools, meeting: bool
) -> None:
    """INV-02"""
    made = free_of_charge(schools, seats=1)
    with contention() if meeting else nullcontext():
        assert _race(schools, made["slug"], AT_ONCE) == {BOOKED: 1, FULL: AT_ONCE - 1}
    _consistent(schools, made["id"], sold=1)


def test_without_its_condition_the_same_claim_oversells(schools: Schools) -> None:
    """INV-03: the control. If this does not oversell, the tests above prove nothing."""
    made = free_of_charge(schools, seats=1)
    assert _race(schools, made["slug"], AT_ONCE, guarded=False)[BOOKED] > 1
    assert occupancy(schools, made["id"]).taken > 1


def test_a_write_that_is_refused_is_never_told_as_sold_out_nor_counted_twice(schools: Schools) -> None:
    """INV-05: there is a seat for each, every transaction meets another and every other write is throttled, once."""
    made = free_of_charge(schools, seats=AT_ONCE)
    with every_write_refused_once() as refusing:
        answers = all_at_once(AT_ONCE, lambda number: book(schools, made["slug"], number))
    assert _outcomes(answers) == {BOOKED: AT_ONCE}
    assert refusing.refused[TRANSACTION] == AT_ONCE
    assert refusing.refused[SINGLE] >= AT_ONCE
    _consistent(schools, made["id"], sold=AT_ONCE)


@pytest.mark.parametrize(
    "spellings", [["ada@example.com"], ["ada@example.com", " ADA@Example.com", "\uff41da@example.com"]]
)
def test_one_address_that_books_many_times_at_once_has_one_seat(schools: Schools, spellings: list[str]) -> None:
    """INV-08: also however it is written; and who does not prove to be them is not told whose booking there is."""
    made = free_of_charge(schools, seats=AT_ONCE)
    with contention(), _together(SINGLE, AT_ONCE, "OCCURRENCE#"):
        answers = all_at_once(
            AT_ONCE, lambda number: book(schools, made["slug"], number, spellings[number % len(spellings)])
        )
    assert _outcomes(answers) == {BOOKED: 1, (409, "CONFLICT"): AT_ONCE - 1}
    [booking] = bookings(schools, made["id"])
    assert [booking.uid in each.body for each in answers].count(True) == 1
    _consistent(schools, made["id"], sold=1)


def test_of_many_bookers_for_the_last_booking_of_the_plan_exactly_one_passes(schools: Schools) -> None:
    """INV-07: the others' seats are free again."""
    made = _at_the_last_of_the_plan(schools)
    with contention(), _together(SINGLE, AT_ONCE, "USAGE"):
        answers = all_at_once(AT_ONCE, lambda number: book(schools, made["slug"], number))
    assert _outcomes(answers) == {BOOKED: 1, (403, "FORBIDDEN"): AT_ONCE - 1}
    _consistent(schools, made["id"], sold=1, counted=PLAN)


def test_without_its_condition_the_same_bookers_exceed_the_plan(schools: Schools) -> None:
    """INV-03, for plans: the control."""
    made = _at_the_last_of_the_plan(schools)
    with _together(SINGLE, AT_ONCE, "USAGE", guarded=False):
        answers = all_at_once(AT_ONCE, lambda number: book(schools, made["slug"], number))
    assert _outcomes(answers)[BOOKED] > 1
    assert counted_this_month(schools) > PLAN


def test_a_crowd_at_a_class_gets_exactly_its_seats_and_nobody_sees_an_error(schools: Schools) -> None:
    """INV-38"""
    made = free_of_charge(schools, seats=CLASS)
    seen = threading.local()
    taken_when_told_full: set[str] = set()

    def look(parsed: dict[str, Any], **_: Any) -> None:
        if "taken" in (row := parsed.get("Item", {})):
            seen.taken = row["taken"]["N"]

    def come(number: int) -> Reply:
        answer = book(schools, made["slug"], number)
        if answer.status != 201:
            taken_when_told_full.add(seen.taken)
        return answer

    with hooked("after-call.dynamodb.GetItem", look), contention() as met, ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(come, range(CROWD)))
    assert _outcomes(answers) == {BOOKED: CLASS, FULL: CROWD - CLASS}
    assert taken_when_told_full == {str(CLASS)}, "nobody is turned away who has not seen the last seat taken"
    assert met.tries <= 1.2
    _consistent(schools, made["id"], sold=CLASS)


def test_those_on_a_whitelist_book_side_by_side(schools: Schools) -> None:
    """INV-38, INV-25: every booking looks at the list, and none is in another's way."""
    made, emails = _whitelisted(schools)
    with contention() as met, _together(TRANSACTION, LISTED):
        answers = all_at_once(LISTED, lambda number: book(schools, made["slug"], number, emails[number]))
    assert _outcomes(answers) == {BOOKED: LISTED}
    assert met.tries <= 1.2
    _consistent(schools, made["id"], sold=LISTED)


def test_who_is_taken_off_the_list_while_booking_leaves_nothing_behind(schools: Schools) -> None:
    """INV-25, INV-04: neither a seat nor a place of the plan."""
    made, emails = _whitelisted(schools)
    with meanwhile(lambda: service.remove(schools.academy.tenant_id, made["id"], entries(emails[0]))):
        answer = book(schools, made["slug"], email=emails[0])
    assert _outcomes([answer]) == {(403, "WHITELIST_DENIED"): 1}
    _consistent(schools, made["id"], sold=0)


def test_with_one_row_shared_by_all_transactions_the_same_bookers_are_in_each_others_way(schools: Schools) -> None:
    """The control: were they not refused here, `tries` above would prove nothing."""
    made, emails = _whitelisted(schools)

    def share(params: dict[str, Any], **_: Any) -> None:
        put = params["TransactItems"][0]["Put"]
        key = {"pk": {"S": "SHARED"}, "sk": {"S": made["slug"]}}
        check = {"TableName": put["TableName"], "Key": key, "ConditionExpression": "attribute_not_exists(pk)"}
        params["TransactItems"] = [*params["TransactItems"], {"ConditionCheck": check}]

    sharing = hooked(f"provide-client-params.dynamodb.{TRANSACTION}", share)
    with sharing, contention() as met, _together(TRANSACTION, LISTED):
        all_at_once(LISTED, lambda number: book(schools, made["slug"], number, emails[number]))
    assert met.tries > 1.2


def test_of_many_bookers_over_http_exactly_one_gets_the_last_seat(stack: LocalStack) -> None:
    """INV-01, INV-02: through the gateway, each call in a function of the running stack."""
    with inside(stack.description["environment"]):
        schools = school_worlds.founded(mark=ids.new("test")[-12:].lower())
        made = free_of_charge(schools, seats=1)
        path = f"/api/v1/public/workshops/{made['slug']}/bookings?tenantSlug={schools.academy.slug}"
        answers = all_at_once(
            OVER_HTTP, lambda number: stack.request("POST", path, json=wanted(f"student-{number}@example.com"))
        )
        outcomes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
        assert outcomes == {BOOKED: 1, FULL: OVER_HTTP - 1}
        _consistent(schools, made["id"], sold=1)


def _race(schools: Schools, slug: str, bookers: int, *, guarded: bool = True) -> Counter[tuple[int, str | None]]:
    """Each booker's claim waits until all are about to claim."""
    with _together(SINGLE, bookers, "OCCURRENCE#", guarded=guarded):
        return _outcomes(all_at_once(bookers, lambda number: book(schools, slug, number)))


def _whitelisted(schools: Schools) -> tuple[dict[str, Any], list[str]]:
    emails = [f"listed-{number}@example.com" for number in range(LISTED)]
    made = free_of_charge(schools, seats=LISTED, whitelistEnabled=True, whitelistEmails=emails)
    return made, emails


def _at_the_last_of_the_plan(schools: Schools) -> dict[str, Any]:
    """A class with a seat for everybody, at a school that may be booked once more this month."""
    made = free_of_charge(schools, seats=AT_ONCE)
    count_towards_the_plan(schools, "starter", PLAN - 1)
    return made


@contextmanager
def _together(operation: str, number: int, sort_key: str = "", *, guarded: bool = True) -> Iterator[None]:
    """Each thread's first such write waits for those of all; with its guard off it goes through whatever is there."""
    together, waited = threading.Barrier(number), threading.local()

    def before_the_write(params: dict[str, Any], **_: Any) -> None:
        if not params.get("Key", {}).get("sk", {}).get("S", "").startswith(sort_key) or hasattr(waited, "once"):
            return
        waited.once = True
        together.wait(120)
        if not guarded:
            params["ConditionExpression"] += ALWAYS_TRUE

    with hooked(f"provide-client-params.dynamodb.{operation}", before_the_write):
        yield


def _outcomes(answers: list[Reply]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status, answer.json.get("code")) for answer in answers)


def _consistent(schools: Schools, workshop_id: int, sold: int, counted: int | None = None) -> None:
    """INV-04: the claims, the bookings' own rows and the plan's count agree."""
    found = occupancy(schools, workshop_id)
    assert (found.taken, len(found.claims), len(found.emails), found.count(Hold.SOLD)) == (sold,) * 4
    booked = bookings(schools, workshop_id)
    assert {one.uid for one in booked} == set(found.claims)
    assert all(one.status is BookingStatus.ACCEPTED for one in booked)
    assert counted_this_month(schools) == (sold if counted is None else counted)
