"""Seats of the academy booked as students do it, each from a computer of their own, and what is written of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from immersio.booking import quota, store
from immersio.booking.model import Booking
from immersio.seat import store as seats
from immersio.seat.model import Occupancy, Place
from immersio.tenant import store as tenants
from kernel import clock, keys, table
from tests.support.schools import Schools
from tests.support.workers import Context, function
from tests.support.workshops import create, tomorrow
from tests.support.world import Reply

BOOK = "immersio/public/workshops/bookings"


def free_of_charge(schools: Schools, **changes: Any) -> dict[str, Any]:
    """A workshop that costs nothing."""
    return create(schools, price=0, **changes)


def wanted(email: str) -> dict[str, Any]:
    """What a student sends for the first class."""
    attendee = {"email": email, "name": "Ada Byron", "timeZone": "Europe/Rome"}
    return {"startTime": tomorrow().isoformat(), "attendee": attendee}


def book(schools: Schools, slug: str, number: int = 0, email: str = "") -> Reply:
    """The answer to the student of this number."""
    event = {
        "version": "2.0",
        "rawPath": f"/api/v1/public/workshops/{slug}/bookings",
        "rawQueryString": f"tenantSlug={schools.academy.slug}",
        "queryStringParameters": {"tenantSlug": schools.academy.slug},
        "pathParameters": {"slug": slug},
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "sourceIp": f"198.51.{number // 250}.{number % 250}"},
            "requestId": "request-of-the-test",
        },
        "body": json.dumps(wanted(email or f"student-{number}@example.com")),
        "isBase64Encoded": False,
    }
    answer = function(BOOK)(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])


def occupancy(schools: Schools, workshop_id: int) -> Occupancy:
    """Of the first class."""
    return seats.load_occupancy(Place(schools.academy.tenant_id, workshop_id, tomorrow().astimezone(UTC)))


def bookings(schools: Schools, workshop_id: int) -> list[Booking]:
    """All of the workshop's, as their own rows have them."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    return list(
        store.bookings_of_workshop(schools.academy.tenant_id, workshop_id, begin, begin + timedelta(days=36500))
    )


def count_towards_the_plan(schools: Schools, plan: str, bookings: int) -> None:
    """The academy has this plan, and had so many bookings this month."""
    tenant = tenants.load_tenant(schools.academy.tenant_id)
    assert tenant
    table.write(table.Update(key=keys.tenant(tenant.id), set={"plan_type": plan}))
    table.change(table.Update(key=keys.tenant_usage(tenant.id), add={quota.month(tenant, clock.now()): bookings}))


def counted_this_month(schools: Schools) -> int:
    """Towards the academy's plan."""
    usage = table.get(keys.tenant_usage(schools.academy.tenant_id)) or {}
    return sum(count for name, count in usage.items() if name.startswith("bookings_"))
