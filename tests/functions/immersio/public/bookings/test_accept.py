"""POST /api/v1/public/bookings/{uid}/accept"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.booking.links import manage_token
from immersio.seat.model import Hold
from kernel import clock, keys, table
from tests.support.bookings import count_towards_the_plan, counted_this_month
from tests.support.lists import meanwhile
from tests.support.money import Money
from tests.support.schools import Schools, gone
from tests.support.students import (
    COMMIT,
    Died,
    accept,
    book,
    booked,
    cancel,
    dying,
    events,
    free_workshop,
    join,
    occupancy,
    offered,
    offers,
    read,
    stored_booking,
    waiting,
)
from tests.support.workshops import ask, update

QUEUE = "immersio-seats"
PLAN = 50


pytestmark = pytest.mark.usefixtures("now")


def an_offer(schools: Schools, *then: str, **changes: Any) -> tuple[dict[str, Any], str, str]:
    """A workshop of one seat that is offered to Bo, and others who wait."""
    made = free_workshop(schools, **{"seats": 1, **changes})
    uid, token = booked(made)
    for name in ("bo", *then):
        assert join(made, f"{name}@example.com").status == 201
    cancel(uid, token)
    schools.run_workers(QUEUE)
    return made, *offered(schools, "bo@example.com")


def test_who_takes_an_offer_has_booked(schools: Schools) -> None:
    """INV-04: and is answered as who books."""
    made, uid, token = an_offer(schools)
    pending = read(uid, token).json["booking"]
    taken = accept(uid, token)
    assert (taken.status, taken.json) == (
        200,
        {
            "booking": {**pending, "status": "accepted"},
            "manageToken": token,
            "manageUrl": f"https://language-academy.booking.immersio.com/bookings/{uid}?token={token}",
            "payment": None,
        },
    )
    (claim,) = occupancy(schools, made).claims.values()
    assert (claim.hold, claim.until) == (Hold.SOLD, None)


def test_immersio_learns_of_it_when_it_is_taken(schools: Schools) -> None:
    """INV-17, INV-27: once, with what it is told of every free booking."""
    _, uid, token = an_offer(schools)
    assert events(schools) == ["BOOKING_CREATED", "BOOKING_CANCELLED"]
    for _ in range(2):
        accept(uid, token)
    schools.run_workers()
    created = [one.json for one in schools.sink.received if one.json["event"] == "BOOKING_CREATED"]
    assert [one["data"]["booking"]["attendee"]["email"] for one in created] == ["ada@example.com", "bo@example.com"]
    assert (created[1]["data"]["booking"]["status"], created[1]["data"]["booking"]["payment"]) == ("accepted", None)
    cookie = schools.academy.cookie(Role.OWNER)
    stats = schools.call("immersio.tenant.getStats", cookie, sent={"period": "month"}).json["result"]["data"]["json"]
    assert (stats["totalBookings"], stats["cancelledBookings"], stats["studentCount"]) == (2, 1, 2)


def test_a_double_click_takes_it_once(schools: Schools) -> None:
    """INV-11: also at the same moment; and it is counted once."""
    _, uid, token = an_offer(schools)
    first = list[Any]()
    with meanwhile(lambda: first.append(accept(uid, token, ip="203.0.113.8"))):
        second = accept(uid, token)
    assert (second.status, second.json) == (200, first[0].json)
    assert accept(uid, token).json == second.json
    assert events(schools).count("BOOKING_CREATED") == 2
    assert counted_this_month(schools) == 2


def test_an_offer_that_is_over_is_over(schools: Schools) -> None:
    """INV-12: to the millisecond, and without any sweeper; the seat is not theirs any more."""
    made, uid, token = an_offer(schools, "cy")
    offer = stored_booking(schools, uid)
    assert offer
    assert offer.hold_until
    with time_machine.travel(offer.hold_until, tick=False):
        refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (409, "CONFLICT")
    assert "waitlist" in refused.json["error"]
    assert events(schools).count("BOOKING_CREATED") == 1
    with time_machine.travel(offer.hold_until - timedelta(milliseconds=1), tick=False):
        assert accept(uid, token).status == 200
    assert occupancy(schools, made).taken == 1


def test_an_offer_that_ends_in_the_moment_it_is_taken_is_not_taken(schools: Schools) -> None:
    """INV-04, INV-12: by then the seat is offered to the next."""
    made, uid, token = an_offer(schools, "cy")

    def pass_on() -> None:
        with time_machine.travel(clock.now() + timedelta(hours=5)):
            schools.sweep()
            schools.run_workers(QUEUE)

    with meanwhile(pass_on):
        assert accept(uid, token).status == 409
    assert (occupancy(schools, made).taken, waiting(schools)) == (1, [])
    offered(schools, "cy@example.com")
    assert counted_this_month(schools) == 1


def test_who_let_an_offer_pass_may_join_again(schools: Schools) -> None:
    made, *_ = an_offer(schools, "cy")
    start_over = clock.now() + timedelta(hours=4, minutes=2)
    with time_machine.travel(start_over):
        schools.sweep()
        schools.run_workers(QUEUE)
        assert join(made, "bo@example.com").json["waitlist"]["position"] == 1


def test_a_booking_that_was_taken_up_or_made_answers_as_before(schools: Schools) -> None:
    made = free_workshop(schools)
    told = book(made).json
    again = accept(told["booking"]["uid"], told["manageToken"])
    assert (again.status, again.json) == (200, told)
    assert events(schools) == ["BOOKING_CREATED"]


def test_a_booking_that_was_cancelled_is_not_revived(schools: Schools) -> None:
    """INV-14"""
    uid, token = booked(free_workshop(schools))
    cancel(uid, token)
    assert accept(uid, token).status == 409
    booking = stored_booking(schools, uid)
    assert booking
    assert booking.status == "cancelled"


def test_a_seat_that_is_to_be_paid_is_not_taken_for_nothing(schools: Schools, money: Money) -> None:
    """INV-17"""
    uid, token = money.booked(money.workshop())
    assert accept(uid, token).json["booking"]["status"] == "pending"
    assert money.booking(uid).status == "pending"
    assert events(schools) == []


def a_paid_offer(schools: Schools, money: Money) -> tuple[dict[str, Any], str, str]:
    made = money.workshop(seats=1)
    sold = money.bought(made)
    assert join(made, "bo@example.com").status == 201
    cancel(*sold)
    schools.run_workers(QUEUE)
    return made, *offered(schools, "bo@example.com")


def test_what_costs_something_is_held_until_it_is_paid(schools: Schools, money: Money) -> None:
    """INV-17, INV-11: once more is the same page; it is theirs when the money is there."""
    made, uid, token = a_paid_offer(schools, money)
    first = accept(uid, token)
    booking = money.booking(uid)
    assert booking.hold_until
    assert (first.status, first.json["booking"]["status"], first.json["payment"]) == (
        200,
        "pending",
        {
            "checkoutUrl": money.sessions()[-1]["url"],
            "expiresAt": clock.iso(booking.hold_until - timedelta(minutes=2)),
            "amount": 1500,
            "currency": "EUR",
        },
    )
    assert accept(uid, token) == first
    (claim,) = occupancy(schools, made).claims.values()
    assert (claim.hold, claim.until) == (Hold.HELD, booking.hold_until)
    assert counted_this_month(schools) == 2
    assert events(schools).count("BOOKING_CREATED") == 1
    money.pay(uid)
    money.tell()
    assert money.booking(uid).status == "accepted"
    assert events(schools).count("BOOKING_CREATED") == events(schools).count("PAYMENT_COMPLETED") == 2


def test_who_takes_an_offer_and_does_not_pay_gives_way(schools: Schools, money: Money) -> None:
    """INV-12, INV-07: the seat is free again, and the plan does not count it."""
    made, uid, token = a_paid_offer(schools, money)
    accept(uid, token)
    assert join(made, "cy@example.com").status == 201
    with time_machine.travel(clock.now() + timedelta(minutes=47)):
        schools.sweep()
        schools.run_workers(QUEUE)
    ended = money.booking(uid).cancellation
    assert ended
    assert ended.reason == "It was not paid in time"
    offered(schools, "cy@example.com")
    assert counted_this_month(schools) == 1


def test_an_offer_that_cannot_be_paid_is_not_taken_for_nothing(schools: Schools) -> None:
    """INV-19: the school has no Stripe; the offer stays."""
    made, uid, token = an_offer(schools)
    update(schools, made["id"], price=1500)
    refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (400, "STRIPE_NOT_CONFIGURED")
    offered(schools, "bo@example.com")
    assert counted_this_month(schools) == 1


def test_an_offer_whose_price_stripe_does_not_take_is_over(schools: Schools, money: Money) -> None:
    """As a booking would be; its seat is the next one's."""
    made, uid, token = an_offer(schools, "cy")
    update(schools, made["id"], price=1, currency="EUR")
    refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (402, "PAYMENT_FAILED")
    assert "nothing was charged" in refused.json["error"]
    schools.run_workers(QUEUE)
    offered(schools, "cy@example.com")
    assert counted_this_month(schools) == 1


def test_where_stripe_does_not_answer_the_offer_is_taken_up_later(schools: Schools, money: Money) -> None:
    """INV-11: the seat is kept for them meanwhile."""
    made, uid, token = an_offer(schools)
    update(schools, made["id"], price=1500, currency="EUR")
    money.stripe.fail(path="/v1/checkout/sessions", status=500, times=2)
    refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (503, "STRIPE_UNAVAILABLE")
    assert refused.headers["retry-after"] == "5"
    assert occupancy(schools, made).taken == 1
    again = accept(uid, token)
    assert (again.status, again.json["payment"]["checkoutUrl"]) == (200, money.sessions()[-1]["url"])


def test_an_offer_of_a_workshop_or_a_school_that_is_gone_says_which(schools: Schools) -> None:
    made, uid, token = an_offer(schools)
    table.write(table.Delete(key=keys.workshop(schools.academy.tenant_id, made["id"])))
    refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (404, "WORKSHOP_NOT_FOUND")
    gone(schools.academy)
    refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (404, "TENANT_NOT_FOUND")


def test_only_the_token_takes_an_offer(schools: Schools) -> None:
    """INV-24: a wrong one is answered as a booking that is not there, of this school or another (INV-23)."""
    _, uid, token = an_offer(schools)
    missing = accept(f"booking_{schools.academy.tenant_id:x}_{'0' * 32}", token)
    assert (missing.status, missing.json["code"]) == (404, "BOOKING_NOT_FOUND")
    assert accept(uid, "manage_wrong") == missing
    elsewhere = uid.replace(f"{schools.academy.tenant_id:x}", f"{schools.studio.tenant_id:x}")
    assert accept(elsewhere, manage_token(elsewhere)) == missing
    offered(schools, "bo@example.com")


def test_the_waitlist_shows_nothing_that_takes_an_offer(schools: Schools) -> None:
    """INV-24, INV-26: who knows an address, and asks in its name, learns neither uid nor token."""
    made = free_workshop(schools, seats=1)
    cancelled = booked(made)
    told = join(made, "bo@example.com")
    cancel(*cancelled)
    schools.run_workers(QUEUE)
    uid, token = offered(schools, "bo@example.com")
    assert uid not in told.body
    assert token not in str(schools.rows())


def test_an_offer_counts_towards_the_plan_when_it_is_taken(schools: Schools) -> None:
    """INV-07: refused, it stays, and may be taken when there is room."""
    _, uid, token = an_offer(schools)
    count_towards_the_plan(schools, "starter", PLAN - 1)
    assert counted_this_month(schools) == PLAN
    refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (403, "FORBIDDEN")
    offered(schools, "bo@example.com")
    count_towards_the_plan(schools, "growth", 0)
    assert accept(uid, token).status == 200
    assert counted_this_month(schools) == PLAN + 1


def test_who_was_taken_off_the_list_since_cannot_take_an_offer(schools: Schools) -> None:
    """INV-25: also in the same moment; nothing is counted."""
    listed = ["ada@example.com", "bo@example.com"]
    made, uid, token = an_offer(schools, whitelistEnabled=True, whitelistEmails=listed)
    sent = {"workshopId": made["id"], "mode": "remove", "emails": [{"email": "bo@example.com"}]}
    with meanwhile(lambda: ask(schools, "updateWhitelist", sent)):
        refused = accept(uid, token)
    assert (refused.status, refused.json["code"]) == (403, "WHITELIST_DENIED")
    assert counted_this_month(schools) == 1
    offered(schools, "bo@example.com")


def test_an_offer_stays_where_the_workshop_is_offered_to_nobody_else_any_more(schools: Schools) -> None:
    made, uid, token = an_offer(schools)
    update(schools, made["id"], status="archived")
    assert accept(uid, token).status == 200


@pytest.mark.parametrize("when", ["before-call", "after-call"])
def test_wherever_it_dies_the_offer_is_taken_once(schools: Schools, when: str) -> None:
    """INV-27: its seat stays theirs, and Immersio is told of one booking."""
    made, uid, token = an_offer(schools)
    with pytest.raises(Died), dying(f"{when}.dynamodb.{COMMIT}"):
        accept(uid, token)
    schools.run_workers(QUEUE)
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is (Hold.SOLD if when == "after-call" else Hold.HELD)
    assert accept(uid, token).status == 200
    assert events(schools).count("BOOKING_CREATED") == 2
    assert offers(schools, "bo@example.com") == []


def test_an_offer_is_counted_in_the_month_it_was_made(schools: Schools) -> None:
    """INV-07"""
    _, uid, token = an_offer(schools)
    accept(uid, token)
    usage = table.get(keys.tenant_usage(schools.academy.tenant_id)) or {}
    assert usage["bookings_2026-12"] == 2
