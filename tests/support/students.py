"""Students of the academy as they meet us: the public routes, by which seats are booked, seen and given back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from immersio.booking import duties, links, quota
from immersio.booking import store as bookings
from immersio.booking.claiming import claim_seat
from immersio.booking.drafting import draft
from immersio.booking.model import Attendee, Booking, BookingStatus, Payment
from immersio.booking.settling import settle
from immersio.seat import store as seats
from immersio.seat.model import Occupancy, Place, Wish
from immersio.tenant import store as tenants
from kernel import clock, ids, outbox, table
from tests.support.lists import hooked
from tests.support.schools import Schools
from tests.support.workers import Context, function
from tests.support.workshops import create, stored, tomorrow
from tests.support.world import Reply

ADA = {"email": "ada@example.com", "name": "Ada Byron", "timeZone": "America/New_York"}
WEEK = timedelta(days=7)
COMMIT = "TransactWriteItems"
"""The one transaction of a booking or of its cancellation; claims are single updates."""


def free_workshop(schools: Schools, **changes: Any) -> dict[str, Any]:
    """Eight weekly classes, the first tomorrow, of two seats that cost nothing."""
    return create(schools, **{"price": 0, "seats": 2, **changes})


def see_school(slug: str = "language-academy", headers: dict[str, str] | None = None) -> Reply:
    """The landing page."""
    return _call("public/landing/get", "GET", {"slug": slug}, headers=headers)


def see_workshop(slug: str, *, school: str | None = "language-academy", headers: dict[str, str] | None = None) -> Reply:
    query = {"tenantSlug": school} if school is not None else {}
    return _call("public/workshops/get", "GET", {"slug": slug}, query, headers=headers)


def book(
    workshop: dict[str, Any],
    email: str = ADA["email"],
    *,
    school: str = "language-academy",
    at: datetime | None = None,
    key: str | None = None,
    ip: str = "203.0.113.7",
    **body: Any,
) -> Reply:
    """What somebody sends who wants a seat of the first class, or of another; a field that is None is left out."""
    usual = {"startTime": clock.iso(at or tomorrow()), "attendee": {**ADA, "email": email}}
    sent = {name: value for name, value in {**usual, **body}.items() if value is not None}
    headers = {"idempotency-key": key} if key else {}
    query = {"tenantSlug": school} if school else {}
    return _call("public/workshops/bookings", "POST", {"slug": workshop["slug"]}, query, sent, headers, ip)


def read(uid: str, token: str | None) -> Reply:
    return _call("public/bookings/get", "GET", {"uid": uid}, {"token": token} if token is not None else {})


def calendar_file(uid: str, token: str | None) -> Reply:
    return _call("public/bookings/calendar/ics", "GET", {"uid": uid}, {"token": token} if token is not None else {})


def cancel(uid: str, token: str | None, /, *, ip: str = "203.0.113.7", **body: Any) -> Reply:
    sent = {**({} if token is None else {"token": token}), **body}
    return _call("public/bookings/cancel", "POST", {"uid": uid}, body=sent, ip=ip)


def join(
    workshop: dict[str, Any],
    email: str,
    *,
    school: str = "language-academy",
    at: datetime | None = None,
    key: str | None = None,
    ip: str = "203.0.113.7",
    **body: Any,
) -> Reply:
    """What somebody sends who waits for a seat of the first class, or of another."""
    sent = {"startTime": clock.iso(at or tomorrow()), "attendee": {**ADA, "email": email}, **body}
    headers = {"idempotency-key": key} if key else {}
    path = {"slug": workshop["slug"]}
    return _call("public/workshops/waitlist", "POST", path, {"tenantSlug": school}, sent, headers, ip)


def accept(uid: str, token: str, *, ip: str = "203.0.113.7") -> Reply:
    """Take up an offer."""
    return _call("public/bookings/accept", "POST", {"uid": uid}, body={"token": token}, ip=ip)


def waiting(schools: Schools, at: datetime | None = None) -> list[str]:
    """The addresses of all who wait for a seat of the first class, or of another, in their turn."""
    start = clock.iso(at or tomorrow())
    entries = (row for row in schools.rows() if row["entity"] == "waiting" and row["starts_at"] == start)
    return [row["attendee"]["email"] for row in sorted(entries, key=lambda row: int(row["id"]))]


def offers(schools: Schools, email: str, at: datetime | None = None) -> list[Booking]:
    """Every seat of a class that this address was ever offered and has not taken."""
    rows = (row for row in schools.rows() if row["entity"] == "booking" and row["attendee"]["email"] == email)
    found = (Booking.model_validate(row) for row in rows if row["starts_at"] == clock.iso(at or tomorrow()))
    return [one for one in found if one.registration_source == "waitlist" and one.status is not BookingStatus.ACCEPTED]


def offered(schools: Schools, email: str, at: datetime | None = None) -> tuple[str, str]:
    """The uid and the token of the one offer that this address has."""
    (offer,) = (one for one in offers(schools, email, at) if one.is_offer)
    return offer.uid, links.manage_token(offer.uid)


def booked(workshop: dict[str, Any], email: str = ADA["email"], **sent: Any) -> tuple[str, str]:
    """The uid and the token of a new booking."""
    reply = book(workshop, email, **sent)
    assert reply.status == 201, reply.body
    return reply.json["booking"]["uid"], reply.json["manageToken"]


def held(
    schools: Schools, workshop: dict[str, Any], email: str, at: datetime | None = None, minutes: int = 15
) -> Booking:
    """A seat that is held until it is paid, committed as a booking that costs something is."""
    row, now = stored(schools, workshop["id"]), clock.now()
    until = now + timedelta(minutes=minutes)
    uid, starts_at = links.new_uid(row.tenant_id), at or tomorrow()
    claim_seat(row, starts_at, Wish(uid, email))
    tenant = tenants.load_tenant(row.tenant_id)
    assert tenant
    quota.use(tenant, now)
    booking = draft(
        row,
        starts_at,
        uid=uid,
        status=BookingStatus.PENDING,
        attendee=Attendee(email=email, name="Ada Byron", time_zone="UTC"),
        hold_until=until,
        payment=Payment(id=ids.new_number(), amount=1500, currency="EUR", account_id="acct_1", expires_at=until),
        created_at=now,
    )
    table.write(bookings.new_booking(booking), *map(outbox.put, duties.settling(booking)))
    settle(booking.place, uid)
    return booking


def place(schools: Schools, workshop: dict[str, Any], at: datetime | None = None) -> Place:
    return Place(schools.academy.tenant_id, workshop["id"], at or tomorrow())


def occupancy(schools: Schools, workshop: dict[str, Any], at: datetime | None = None) -> Occupancy:
    return seats.load_occupancy(place(schools, workshop, at))


def stored_booking(schools: Schools, uid: str) -> Booking | None:
    return bookings.load_booking(schools.academy.tenant_id, uid)


def events(schools: Schools) -> list[str]:
    """What Immersio is told of bookings and money, in order."""
    told = [message for message in schools.messages() if message.kind.startswith(("BOOKING_", "PAYMENT_"))]
    return [message.kind for message in sorted(told, key=lambda message: (message.created_at, message.sequence))]


def move(uid: str, token: str | None, at: datetime, *, ip: str = "203.0.113.7", **body: Any) -> Reply:
    sent = {**({} if token is None else {"token": token}), "startTime": clock.iso(at), **body}
    return _call("public/bookings/reschedule", "POST", {"uid": uid}, body=sent, ip=ip)


class Died(BaseException):
    """A process ended, as no code of ours can catch; so nothing after it reaches AWS."""


@contextmanager
def dying(event: str, calls: int = 0) -> Iterator[Callable[[], bool]]:
    """End at an event of botocore's, after so many of its kind; what is yielded tells whether it came to that."""
    left, dead = [calls], list[bool]()

    def end(**_: Any) -> None:
        if left[0] == 0:
            dead.append(True)
            raise Died
        left[0] -= 1

    def stay_dead(**_: Any) -> None:
        if dead:
            raise Died

    with hooked(event, end), hooked("before-call.dynamodb", stay_dead):
        yield lambda: bool(dead)


def _call(
    folder: str,
    method: str,
    path: dict[str, str],
    query: dict[str, str] | None = None,
    body: Any = None,
    headers: dict[str, str] | None = None,
    ip: str = "203.0.113.7",
) -> Reply:
    event = {
        "version": "2.0",
        "rawQueryString": urlencode(query or {}),
        "headers": {"content-type": "application/json", **(headers or {})},
        "pathParameters": path,
        "requestContext": {"http": {"method": method, "sourceIp": ip}, "requestId": "test"},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
    answer = function(f"immersio/{folder}")(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])
