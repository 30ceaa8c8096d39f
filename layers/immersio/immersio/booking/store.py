"""Bookings in the table."""

from collections.abc import Iterator
from datetime import datetime

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.booking.model import Booking
from kernel import clock, keys, table

commit = table.write
ConditionFailed = table.ConditionFailed


def load_booking(tenant_id: int, uid: str) -> Booking | None:
    row = table.get(keys.booking(tenant_id, uid))
    return Booking.model_validate(row) if row else None


def new_booking(booking: Booking) -> table.Put:
    return table.Put(item=_row(booking), condition=Attr("pk").not_exists())


def changed_booking(before: Booking, after: Booking) -> table.Put:
    """The next version, only if nobody else has made one."""
    return table.Put(item=_row(after), condition=Attr("revision").eq(before.revision))


def bookings_of_workshop(tenant_id: int, workshop_id: int, since: datetime, until: datetime) -> Iterator[Booking]:
    """The bookings of occurrences that start from `since` to `until`, both included, in order of time."""
    between = Where("gsi1sk").between(clock.iso(since), f"{clock.iso(until)}~")
    partition = Where("gsi1pk").eq(keys.workshop_bookings(tenant_id, workshop_id))
    return map(Booking.model_validate, table.query(partition & between, index="gsi1"))


def _row(booking: Booking) -> table.Item:
    key = keys.booking(booking.tenant_id, booking.uid)
    index = keys.booking_index(booking.tenant_id, booking.workshop_id, booking.starts_at, booking.uid)
    return {**key._asdict(), **index._asdict(), "entity": "booking", **booking.model_dump(mode="json")}
