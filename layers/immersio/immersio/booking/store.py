"""Bookings in the table."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.booking.model import Booking, BookingStatus
from kernel import keys, table

commit = table.write
ConditionFailed = table.ConditionFailed
Action = table.Action


def load_booking(tenant_id: int, uid: str) -> Booking | None:
    row = table.get(keys.booking(tenant_id, uid))
    return Booking.model_validate(row) if row else None


def load_bookings(tenant_id: int, uids: Iterable[str]) -> dict[str, Booking]:
    """Those there are, by their uids."""
    found = table.get_all(keys.booking(tenant_id, uid) for uid in uids)
    return {row["uid"]: Booking.model_validate(row) for row in found.values()}


def new_booking(booking: Booking) -> table.Put:
    return table.Put(item=_row(booking), condition=Attr("pk").not_exists())


def changed_booking(before: Booking, after: Booking) -> table.Put:
    """The next version, only if nobody else has made one."""
    return table.Put(item=_row(after), condition=Attr("revision").eq(before.revision))


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


def _row(booking: Booking) -> table.Item:
    """It is found under its status, so a change of that writes the index key anew."""
    key = keys.booking(booking.tenant_id, booking.uid)
    index = keys.booking_index(booking.tenant_id, booking.workshop_id, booking.status, booking.starts_at, booking.id)
    return {**key._asdict(), **index._asdict(), "entity": "booking", **booking.model_dump(mode="json")}
