"""Bookings in the table."""

from collections.abc import Iterator
from datetime import datetime

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.booking.model import Booking
from kernel import clock, keys, table


def new_booking(booking: Booking) -> table.Put:
    key = keys.booking(booking.tenant_id, booking.uid)
    index = keys.booking_index(booking.tenant_id, booking.workshop_id, booking.starts_at, booking.uid)
    row = {**key._asdict(), **index._asdict(), "entity": "booking", **booking.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def bookings_of_workshop(tenant_id: int, workshop_id: int, since: datetime, until: datetime) -> Iterator[Booking]:
    """The bookings of occurrences that start from `since` to `until`, both included, in order of time."""
    between = Where("gsi1sk").between(clock.iso(since), f"{clock.iso(until)}~")
    partition = Where("gsi1pk").eq(keys.workshop_bookings(tenant_id, workshop_id))
    return map(Booking.model_validate, table.query(partition & between, index="gsi1"))
