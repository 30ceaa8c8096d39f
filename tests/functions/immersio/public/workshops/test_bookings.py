"""POST /api/v1/public/workshops/{slug}/bookings"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ReadTimeoutError

from immersio.access.model import Role
from immersio.workshop import holds, store
from kernel import clock, keys, table
from local.schools import LANGUAGE_ACADEMY
from tests.support.bookings import counted_this_month
from tests.support.lists import hooked
from tests.support.money import Money
from tests.support.notices import set_plan
from tests.support.schools import Schools
from tests.support.students import (
    ADA,
    COMMIT,
    WEEK,
    Died,
    book,
    booked,
    cancel,
    dying,
    events,
    free_workshop,
    held,
    occupancy,
    stored_booking,
)
from tests.support.workshops import ask, create, listed, stored, tomorrow, update

ROUTE = "POST /api/v1/public/workshops/{slug}/bookings"
SPELLINGS = ["ADA@Example.COM", "  ada@example.com ", "\uff41da@example.com", "Ada@EXAMPLE.com"]


pytestmark = pytest.mark.usefixtures("now")


def used_this_month(schools: Schools) -> int:
    usage = table.get(keys.tenant_usage(schools.academy.tenant_id)) or {}
    return sum(count for name, count in usage.items() if name.startswith("bookings_"))


def written(schools: Schools) -> list[Any]:
    """All rows but those that a remembered answer has."""
    return [row for row in schools.rows() if row["entity"] != "idempotency"]


def test_a_free_seat_is_theirs_at_once(schools: Schools) -> None:
    made = free_workshop(schools)
    told = book(made).json
    uid, start = told["booking"]["uid"], tomorrow()
    assert isinstance(told["booking"].pop("id"), int)
    assert told == {
        "booking": {
            "uid": uid,
            "status": "accepted",
            "title": "Business English Workshop",
            "startTime": clock.iso(start),
            "endTime": clock.iso(start + timedelta(hours=1)),
            "paid": False,
        },
        "manageToken": told["manageToken"],
        "manageUrl": f"https://language-academy.booking.immersio.com/bookings/{uid}?token={told['manageToken']}",
        "payment": None,
    }
    assert listed(schools)["workshops"][0]["bookedSeats"] == 1
    (seen,) = bookings_told(schools, made)
    assert (seen["uid"], seen["metadata"]) == (uid, {"registrationSource": "public_page"})


def bookings_told(schools: Schools, made: dict[str, Any]) -> list[dict[str, Any]]:
    reply = ask(schools, "getBookings", {"workshopId": made["id"]})
    found: list[dict[str, Any]] = reply.json["result"]["data"]["json"]["bookings"]
    return found


def test_the_token_is_stored_nowhere(schools: Schools) -> None:
    """INV-26"""
    _, token = booked(free_workshop(schools))
    assert token not in str(schools.rows())


def test_the_last_seat_of_a_class_that_nobody_had_booked_is_sold_once(schools: Schools) -> None:
    """INV-02"""
    made = free_workshop(schools, seats=1)
    assert occupancy(schools, made).taken == 0
    before_the_second = book(made)
    rows = written(schools)
    second = book(made, "bo@example.com")
    assert (before_the_second.status, second.status, second.json["code"]) == (201, 409, "NO_SEATS_AVAILABLE")
    assert written(schools) == rows


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_books_a_class_once_however_it_is_written(schools: Schools, spelling: str) -> None:
    """INV-08: and who only knows the address learns nothing of the booking."""
    made = free_workshop(schools)
    uid, _ = booked(made)
    rows = written(schools)
    again = book(made, spelling)
    assert (again.status, again.json["code"]) == (409, "CONFLICT")
    assert uid not in again.body
    assert "details" not in again.json
    assert written(schools) == rows


def test_who_gave_their_seat_back_may_book_again(schools: Schools) -> None:
    """INV-08: an address has one seat, not one try."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    cancel(uid, token)
    again, _ = booked(made)
    assert again != uid


def test_of_two_tries_of_one_address_at_once_one_gets_a_seat(schools: Schools) -> None:
    """INV-08: the second looks before the first has claimed."""
    made = free_workshop(schools)
    with meanwhile_booked(made):
        late = book(made, SPELLINGS[0])
    assert (late.status, late.json["code"], occupancy(schools, made).taken) == (409, "CONFLICT", 1)


def test_of_two_for_the_last_seat_at_once_one_gets_it(schools: Schools) -> None:
    """INV-02: the second looks before the first has claimed."""
    made = free_workshop(schools, seats=1)
    with meanwhile_booked(made):
        late = book(made, "bo@example.com")
    assert (late.status, late.json["code"], occupancy(schools, made).taken) == (409, "NO_SEATS_AVAILABLE", 1)


def meanwhile_booked(made: dict[str, Any]) -> Any:
    """Ada books before the next claim is written; requests are counted by updates too, and not meant."""
    busy = list[bool]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not busy and "claim_" in str(params):
            busy.append(True)
            booked(made, ip="203.0.113.8")

    return hooked("provide-client-params.dynamodb.UpdateItem", interfere)


def test_a_full_class_leaves_the_others_alone(schools: Schools) -> None:
    """INV-09: an address may book each class, a full one fills no other, and one that is freed frees no other."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    assert book(made, "bo@example.com").status == 409
    assert [book(made, at=tomorrow() + WEEK * week).status for week in (1, 2)] == [201, 201]
    cancel(uid, token)
    assert [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in range(4)] == [0, 1, 1, 0]
    assert book(made, "bo@example.com", at=tomorrow() + WEEK).status == 409


def test_the_same_key_and_body_get_the_first_answer_again_byte_for_byte(schools: Schools) -> None:
    """INV-10"""
    made = free_workshop(schools)
    first, again = (book(made, key="key-1") for _ in range(2))
    assert (first.status, again) == (201, first)
    assert (occupancy(schools, made).taken, used_this_month(schools)) == (1, 1)
    assert events(schools) == ["BOOKING_CREATED"]


def test_a_refusal_is_remembered_too(schools: Schools) -> None:
    """INV-10"""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    refused = book(made, "bo@example.com", key="key-1")
    cancel(uid, token)
    assert book(made, "bo@example.com", key="key-1") == refused
    assert refused.status == 409
    assert book(made, "bo@example.com", key="key-2").status == 201


def test_the_same_key_with_another_body_is_422(schools: Schools) -> None:
    """INV-10"""
    made = free_workshop(schools)
    booked(made, key="key-1")
    other = book(made, "bo@example.com", key="key-1")
    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert occupancy(schools, made).taken == 1


def test_a_key_whose_request_still_runs_is_409(schools: Schools) -> None:
    """INV-10"""
    made, seen = free_workshop(schools), list[Any]()

    def ask_again(**_: Any) -> None:
        if not seen:
            seen.append(None)
            seen.append(book(made, key="key-1"))

    with hooked("provide-client-params.dynamodb.GetItem", ask_again):
        first = book(made, key="key-1")
    assert (seen[1].status, seen[1].json["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert (first.status, occupancy(schools, made).taken) == (201, 1)


def test_a_key_that_is_used_again_long_after_books_anew(schools: Schools) -> None:
    """INV-10: a key is remembered for a day; then what ended is not answered as if it were booked."""
    made, later = free_workshop(schools), tomorrow() + WEEK
    uid, token = booked(made, key="key-1", at=later)
    assert cancel(uid, token).status == 200
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        again = book(made, key="key-1", at=later)
    assert (again.status, again.json["booking"]["status"]) == (201, "accepted")
    assert again.json["booking"]["uid"] != uid


def test_a_failure_of_ours_is_not_remembered(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-10: nor does it keep a seat."""
    made = free_workshop(schools, seats=1)
    with monkeypatch.context() as patch:
        patch.delenv("SESSION_SECRET")
        assert book(made, key="key-1").status == 500
    assert book(made, key="key-1").status == 201
    assert occupancy(schools, made).taken == 1


def test_a_key_means_nothing_to_another_workshop_or_school(schools: Schools) -> None:
    """INV-10: the same body under the same key, sent elsewhere, is another request."""
    made, other = free_workshop(schools), free_workshop(schools, title="Another Workshop")
    uid, _ = booked(made, key="key-1")
    elsewhere, _ = booked(other, key="key-1")
    assert uid != elsewhere
    assert [occupancy(schools, each).taken for each in (made, other)] == [1, 1]
    assert book(made, key="key-1", school="music-studio").json["code"] == "WORKSHOP_NOT_FOUND"


def test_who_repeats_from_another_address_gets_the_booking_there_is(schools: Schools) -> None:
    """INV-10: a phone that went from one network to the next."""
    made = free_workshop(schools)
    first, again = (book(made, key="key-1", ip=ip) for ip in ("203.0.113.7", "203.0.113.8"))
    assert (again.status, again.json) == (201, first.json)
    assert (occupancy(schools, made).taken, events(schools)) == (1, ["BOOKING_CREATED"])


@pytest.mark.parametrize("when", ["before-call", "after-call"])
def test_a_request_that_died_is_found_by_its_key(schools: Schools, when: str) -> None:
    """INV-10: whether or not it had committed, a repeat that is let in books no second seat, and tells of one."""
    made = free_workshop(schools)
    with pytest.raises(Died), dying(f"{when}.dynamodb.{COMMIT}", calls=1):  # after that of the key itself
        book(made, key="key-1")
    with time_machine.travel(clock.now() + timedelta(seconds=40)):
        booked(made, key="key-1")
    assert (occupancy(schools, made).taken, events(schools)) == (1, ["BOOKING_CREATED"])


def test_a_claim_that_was_found_again_after_its_time_is_held_anew(schools: Schools) -> None:
    """INV-04: a repeat relied on its old claim, which others could end while it was committed: two had one seat."""
    made = free_workshop(schools, seats=1)
    with pytest.raises(Died), dying(f"before-call.dynamodb.{COMMIT}", calls=1):
        book(made, key="key-1")
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        others = list[int]()

        def interfere(params: dict[str, Any], **_: Any) -> None:
            if not others and "BOOKING_CREATED" in str(params):
                others.append(0)
                others.append(book(made, "bo@example.com", ip="203.0.113.8").status)

        with hooked(f"provide-client-params.dynamodb.{COMMIT}", interfere):
            mine = book(made, key="key-1").status
    assert sorted([mine, others[1]]) == [201, 409]
    assert (occupancy(schools, made).taken, len(occupancy(schools, made).claims)) == (1, 1)


def test_a_hold_that_is_over_frees_its_seat_without_any_sweeper(schools: Schools) -> None:
    """INV-12: to the millisecond, and once."""
    made, now = free_workshop(schools, seats=1), clock.now()
    with time_machine.travel(now, tick=False):
        old = held(schools, made, "slow@example.com", minutes=15)
    with time_machine.travel(now + timedelta(minutes=15, milliseconds=-1), tick=False):
        assert book(made).json["code"] == "NO_SEATS_AVAILABLE"
        assert seats_shown(schools) == 1
    with time_machine.travel(now + timedelta(minutes=15), tick=False):
        assert seats_shown(schools) == 0, "decided when it is read"
        booked(made)
        assert book(made, "bo@example.com").json["code"] == "NO_SEATS_AVAILABLE"
    after = stored_booking(schools, old.uid)
    assert after
    assert after.cancellation
    assert (after.status, after.cancellation.by, after.cancellation.reason) == (
        "cancelled",
        "system",
        "It was not paid in time",
    )
    assert events(schools) == ["BOOKING_CREATED"], "of the newcomer's; what never was a booking has not ended either"
    with time_machine.travel(now + timedelta(minutes=20), tick=False):
        schools.sweep()
        schools.run_workers()
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 1)


def seats_shown(schools: Schools) -> int:
    return int(listed(schools)["workshops"][0]["bookedSeats"])


def test_who_did_not_pay_in_time_may_book_again(schools: Schools) -> None:
    """INV-12: their own old hold is not in their way, though seats are free."""
    made, now = free_workshop(schools), clock.now()
    held(schools, made, "ada@example.com")
    assert book(made).json["code"] == "CONFLICT"
    with time_machine.travel(now + timedelta(minutes=16)):
        booked(made)
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 1)


def test_only_who_is_on_the_list_may_book(schools: Schools) -> None:
    """INV-25: however the address is written, for each class, and again when they are taken off."""
    made = free_workshop(schools, whitelistEnabled=True, whitelistEmails=["Ada@Example.com"])
    rows = written(schools)
    denied = book(made, "bo@example.com")
    assert (denied.status, denied.json["code"]) == (403, "WHITELIST_DENIED")
    assert written(schools) == rows
    booked(made, " ADA@example.com")
    change_list(schools, made, "remove", "ada@example.com")
    assert book(made, at=tomorrow() + WEEK).json["code"] == "WHITELIST_DENIED"


def test_with_nobody_on_the_list_nobody_may_book(schools: Schools) -> None:
    """INV-25"""
    assert book(free_workshop(schools, whitelistEnabled=True)).json["code"] == "WHITELIST_DENIED"


def test_who_is_taken_off_the_list_in_the_moment_they_book_does_not_get_in(schools: Schools) -> None:
    """INV-25: the list is checked by the commit; the seat, and the place in the plan, are given back."""
    made = free_workshop(schools, whitelistEnabled=True, whitelistEmails=["ada@example.com"])
    off = list[bool]()

    def take_off(params: dict[str, Any], **_: Any) -> None:
        if not off and "BOOKING_CREATED" in str(params):
            off.append(True)
            change_list(schools, made, "remove", "ada@example.com")

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", take_off):
        assert book(made).json["code"] == "WHITELIST_DENIED"
    assert (occupancy(schools, made).taken, used_this_month(schools), events(schools)) == (0, 0, [])


def change_list(schools: Schools, made: dict[str, Any], mode: str, email: str) -> None:
    sent = {"workshopId": made["id"], "mode": mode, "emails": [{"email": email}]}
    assert ask(schools, "updateWhitelist", sent).status == 200


def test_a_plan_allows_so_many_bookings_a_month(schools: Schools) -> None:
    """INV-07: what is cancelled counts still, the month is the school's own, and a refusal takes no seat."""
    set_plan(schools.academy.tenant_id, "lite")
    made = free_workshop(schools, seats=20, recurrence={"frequency": "weekly", "count": 52})
    with time_machine.travel(datetime(2027, 1, 31, 22, 58, tzinfo=UTC), tick=False):  # 23:58 in Berlin
        uid, token = booked(made, "student0@example.com", at=soon(schools, made))
        cancel(uid, token)
        for number in range(1, 10):
            booked(made, f"student{number}@example.com", at=soon(schools, made))
        refused = book(made, at=soon(schools, made), key="key-1")
        assert (refused.status, refused.json["code"]) == (403, "FORBIDDEN")
        assert refused.json["details"] == {"plan": "lite", "limit": 10, "of": "bookings a month"}
        assert "ask the school" in refused.json["error"], "whoever books has no plan to change"
        assert occupancy(schools, made, soon(schools, made)).taken == 9
    with time_machine.travel(datetime(2027, 1, 31, 23, 0, tzinfo=UTC), tick=False):
        booked(made, at=soon(schools, made))


def soon(schools: Schools, made: dict[str, Any]) -> datetime:
    """The next class."""
    reply = ask(schools, "get", {"id": made["id"]})
    return datetime.fromisoformat(reply.json["result"]["data"]["json"]["nextOccurrence"])


def test_a_plan_without_a_limit_allows_any_number(schools: Schools) -> None:
    """INV-07: -1 is no number that is reached."""
    set_plan(schools.academy.tenant_id, "enterprise")
    made = free_workshop(schools)
    month = f"bookings_{clock.now():%Y-%m}"
    table.write(table.Update(key=keys.tenant_usage(schools.academy.tenant_id), add={month: 10_000_000}))
    assert book(made).status == 201


def test_immersio_is_told_of_a_free_booking_and_of_no_payment(schools: Schools) -> None:
    """INV-17: to the letter of the specification, with what is not known as null."""
    made = free_workshop(schools, immersioCourseId="course_abc123")
    told = book(made, immersioStudentId="student_456").json["booking"]
    schools.run_workers()
    (sent,) = (one.json for one in schools.sink.received if one.json["event"].startswith(("BOOKING", "PAYMENT")))
    assert sent["data"] == {
        "booking": {
            "id": told["id"],
            "uid": told["uid"],
            "title": "Business English Workshop",
            "workshopId": made["id"],
            "eventTypeId": made["eventTypeId"],
            "startTime": clock.iso_seconds(tomorrow()),
            "endTime": clock.iso_seconds(tomorrow() + timedelta(hours=1)),
            "status": "accepted",
            "attendee": ADA,
            "payment": None,
            "metadata": {"immersioCourseId": "course_abc123", "immersioStudentId": "student_456"},
        },
        "tenant": {
            "id": schools.academy.tenant_id,
            "slug": "language-academy",
            "immersioOrgId": LANGUAGE_ACADEMY["immersio_org_id"],
        },
    }
    assert events(schools) == ["BOOKING_CREATED"]


def test_the_school_counts_a_booking_and_its_student(schools: Schools) -> None:
    booked(free_workshop(schools))
    schools.run_workers()
    cookie = schools.academy.cookie(Role.OWNER)
    reply = schools.call("immersio.tenant.getStats", cookie, sent={"period": "month"})
    told = reply.json["result"]["data"]["json"]
    assert (told["totalBookings"], told["studentCount"], told["totalRevenue"]) == (1, 1, 0)


def test_what_costs_money_is_refused_before_a_seat_is_taken(schools: Schools) -> None:
    """INV-19"""
    made = create(schools)
    rows = written(schools)
    refused = book(made)
    assert (refused.status, refused.json["code"]) == (400, "STRIPE_NOT_CONFIGURED")
    assert (written(schools), occupancy(schools, made).taken) == (rows, 0)


def test_a_change_whose_maker_died_turns_nobody_away_once_its_hold_is_over(schools: Schools) -> None:
    made = free_workshop(schools)
    store.commit(store.hold(stored(schools, made["id"]), clock.now() + holds.LONGEST))
    assert book(made).status == 503
    with time_machine.travel(clock.now() + holds.LONGEST + timedelta(seconds=1)):
        assert book(made).status == 201


def test_a_seat_is_not_given_away_while_its_booking_may_be_committed_yet(schools: Schools) -> None:
    """INV-04: the table was silent at the commit; what nobody knows for two minutes is nobody's seat but theirs."""
    made = free_workshop(schools, seats=1)

    def silence(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="the table")

    with hooked(f"before-call.dynamodb.{COMMIT}", silence):
        assert book(made).status == 503
    assert book(made, "bo@example.com").status == 409
    with time_machine.travel(clock.now() + timedelta(minutes=2, seconds=1)):
        assert book(made, "bo@example.com").status == 201


def test_wherever_a_booking_dies_its_seat_is_sold_or_comes_back(schools: Schools) -> None:
    """INV-27: at every call to the table. What was committed is told, and nothing else; no seat is lost."""
    made = free_workshop(schools, seats=1, recurrence={"frequency": "weekly", "count": 52})
    survived, committed = False, set[int]()
    lives = 0
    while not survived:
        at = tomorrow() + WEEK * lives
        try:
            with dying("before-call.dynamodb", calls=lives):
                survived = book(made, f"life{lives}@example.com", at=at).status == 201
        except Died:
            pass
        if booking_of(schools, f"life{lives}@example.com"):
            committed.add(lives)
        lives += 1
    assert lives > 6
    assert 0 < len(committed) < lives, "it died before the commit and after it"
    assert len(events(schools)) == len(committed)
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        schools.sweep()
        schools.run_workers()
        for life in range(lives):
            at = tomorrow_of(life)
            claims = occupancy(schools, made, at).claims.values()
            assert [claim.hold for claim in claims if not claim.is_over(clock.now())] == ["sold"] * (life in committed)
            expected = 409 if life in committed else 201
            assert book(made, "bo@example.com", at=at, ip="203.0.113.8").status == expected
            assert occupancy(schools, made, at).taken == 1


def tomorrow_of(week: int) -> datetime:
    return tomorrow() + WEEK * week


def booking_of(schools: Schools, email: str) -> bool:
    return any(row["entity"] == "booking" and row["attendee"]["email"] == email for row in schools.rows())


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"startTime": None}, "startTime", "required"),
        ({"startTime": "tomorrow"}, "startTime", "ISO 8601"),
        ({"startTime": 1_800_000_000}, "startTime", "ISO 8601"),
        ({"startTime": "2026-12-01T14:00:00"}, "startTime", "time zone"),
        ({"startTime": "2026-12-01"}, "startTime", "ISO 8601"),
        ({"startTime": "1999-12-31T14:00:00Z"}, "startTime", "from 2000 to 2999"),
        ({"attendee": None}, "attendee", "required"),
        ({"attendee": {**ADA, "email": "ada"}}, "attendee.email", "e-mail address"),
        ({"attendee": {**ADA, "email": f"{'a' * 300}@example.com"}}, "attendee.email", "254"),
        ({"attendee": {**ADA, "name": " "}}, "attendee.name", "1 character"),
        ({"attendee": {**ADA, "name": "a" * 201}}, "attendee.name", "200"),
        ({"attendee": {**ADA, "name": "Ada\nByron"}}, "attendee.name", "one line"),
        ({"attendee": {**ADA, "timeZone": "Mars/Olympus"}}, "attendee.timeZone", "zone"),
        ({"attendee": {"email": ADA["email"], "name": "Ada"}}, "attendee.timeZone", "required"),
        ({"attendee": {**ADA, "phone": "1"}}, "attendee.phone", "not"),
        ({"immersioStudentId": "a b"}, "immersioStudentId", ""),
        ({"seats": 2}, "seats", "not"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, body: dict[str, Any], field: str, rule: str) -> None:
    made = free_workshop(schools)
    rows = written(schools)
    refused = book(made, **body)
    assert (refused.status, refused.json["code"]) == (400, "VALIDATION_ERROR"), refused.body
    (detail,) = refused.json["details"]
    assert detail["field"] == field
    assert rule in detail["message"]
    assert written(schools) == rows


@pytest.mark.parametrize("days", [-1, 0.5, 8 * 7, 365])
def test_only_a_class_of_the_series_to_come_can_be_booked(schools: Schools, days: float) -> None:
    made = free_workshop(schools)
    rows = written(schools)
    refused = book(made, at=tomorrow() + timedelta(days=days))
    assert (refused.status, [one["field"] for one in refused.json["details"]]) == (400, ["startTime"])
    assert written(schools) == rows


def test_a_class_that_has_started_cannot_be_booked(schools: Schools) -> None:
    made, start = free_workshop(schools), tomorrow()
    with time_machine.travel(start, tick=False):
        booked(made, at=start)
    with time_machine.travel(start + timedelta(seconds=1), tick=False):
        assert book(made, "bo@example.com", at=start).json["code"] == "VALIDATION_ERROR"


def test_any_offset_names_the_same_class(schools: Schools) -> None:
    made = free_workshop(schools, seats=1)
    booked(made, startTime=tomorrow().isoformat())
    utc = tomorrow().astimezone(UTC).isoformat()
    assert book(made, "bo@example.com", startTime=utc).json["code"] == "NO_SEATS_AVAILABLE"


def test_openings_of_a_teachers_schedule_can_be_booked(schools: Schools) -> None:
    made = free_workshop(schools, recurrence=None, startsAt=None, seats=1)
    at = soon(schools, made)
    assert [book(made, email, at=at).status for email in ("ada@example.com", "bo@example.com")] == [201, 409]


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_offered_is_not_there(schools: Schools, status: str) -> None:
    made = free_workshop(schools)
    update(schools, made["id"], status=status)
    refused, missing = book(made), book({"slug": "no-such-workshop"})
    assert (refused.status, refused.json["code"], refused) == (404, "WORKSHOP_NOT_FOUND", missing)


def test_what_stripe_refuses_leaves_nothing_behind(schools: Schools, money: Money) -> None:
    """The seat is free again, and the plan does not count it."""
    made = money.workshop(seats=1, price=1)
    answer = book(made)
    assert (answer.status, answer.json["code"]) == (402, "PAYMENT_FAILED")
    assert "nothing was charged" in answer.json["error"]
    assert occupancy(schools, made).taken == 0
    assert counted_this_month(schools) == 0
    assert events(schools) == []


def test_where_stripe_does_not_answer_who_has_a_key_goes_on_later(schools: Schools, money: Money) -> None:
    """INV-10: the seat is kept for them; the page that was opened without an answer is theirs."""
    made = money.workshop(seats=1)
    money.stripe.fail(path="/v1/checkout/sessions", status=500, afterEffect=True, times=2)
    answer = book(made, key="abc")
    assert (answer.status, answer.json["code"]) == (503, "STRIPE_UNAVAILABLE")
    assert book(made, "bo@example.com").json["code"] == "NO_SEATS_AVAILABLE"
    again = book(made, key="abc")
    assert again.status == 201
    assert [session["url"] for session in money.sessions()] == [again.json["payment"]["checkoutUrl"]]


def test_a_school_that_is_not_there_is_named(schools: Schools) -> None:
    refused = book(free_workshop(schools), school="no-such-school")
    assert (refused.status, refused.json["code"]) == (404, "TENANT_NOT_FOUND")
    assert "tenantSlug" in refused.json["error"]


def test_a_school_has_to_be_named(schools: Schools) -> None:
    assert book(free_workshop(schools), school="").json["details"][0]["field"] == "tenantSlug"


def test_another_schools_workshop_is_as_missing_as_one_that_does_not_exist(schools: Schools) -> None:
    """INV-23"""
    made = free_workshop(schools)
    rows = written(schools)
    others, missing = (book(one, school="music-studio") for one in (made, {"slug": "no-such-workshop"}))
    assert (others.json["code"], others, written(schools)) == ("WORKSHOP_NOT_FOUND", missing, rows)


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    made = {"slug": "no-such-workshop"}
    with time_machine.travel(clock.now(), tick=False):
        assert [book(made).status for _ in range(101)].count(429) == 1
        assert book(made, ip="203.0.113.8").status == 404
