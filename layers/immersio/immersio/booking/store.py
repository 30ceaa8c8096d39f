"""Bookings in the table, and how many there are of each status in each occurrence."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.booking.model import Booking, BookingStatus, OccurrenceCounts
from kernel import clock, keys, table

commit = table.write

LIVE = frozenset({BookingStatus.PENDING, BookingStatus.ACCEPTED})
"""Those that take a seat."""


def new_booking(booking: Booking) -> table.Put:
    """It is found under its status: what changes that writes the index key anew."""
    key = keys.booking(booking.tenant_id, booking.uid)
    index = keys.booking_index(booking.tenant_id, booking.workshop_id, booking.status, booking.starts_at, booking.id)
    row = {**key._asdict(), **index._asdict(), "entity": "booking", **booking.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def counted(booking: Booking) -> table.Update:
    """A new booking in its occurrence's counts; it belongs into the transaction of `new_booking`."""
    occurrence = {"tenant_id": booking.tenant_id, "workshop_id": booking.workshop_id}
    return table.Update(
        key=keys.occurrence(booking.tenant_id, booking.workshop_id, booking.starts_at),
        set={"entity": "occurrence", **occurrence, "starts_at": clock.iso(booking.starts_at)},
        add={"taken": int(booking.status in LIVE), booking.status: 1},
    )


def counts_of_workshop(tenant_id: int, workshop_id: int, since: datetime, until: datetime) -> list[OccurrenceCounts]:
    """For each occurrence that ever was booked and starts from `since` to `until`, both included, in order of time."""
    partition = Where("pk").eq(keys.workshop(tenant_id, workshop_id).pk)
    rows = table.query(partition & Where("sk").between(*keys.occurrences_between(since, until)))
    return [OccurrenceCounts.model_validate(row) for row in rows]


def bookings_of_workshop(
    tenant_id: int,
    workshop_id: int,
    since: datetime,
    until: datetime,
    *,
    statuses: Iterable[BookingStatus] = tuple(BookingStatus),
    limit: int | None = None,
) -> Iterator[Booking]:
    """The bookings of occurrences that start from `since` to `until`, both included.

    In order of time, and of one occurrence in the order they were made. `limit` is how many will be read at the most.
    """
    between = Where("gsi1sk").between(*keys.bookings_between(since, until))
    found = [
        table.query(
            Where("gsi1pk").eq(keys.workshop_bookings(tenant_id, workshop_id, status)) & between,
            index="gsi1",
            limit=limit,
        )
        for status in statuses
    ]
    bookings = (map(Booking.model_validate, rows) for rows in found)
    return merge(*bookings, key=attrgetter("starts_at", "id"))
