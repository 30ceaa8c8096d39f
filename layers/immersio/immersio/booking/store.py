"""Bookings in the table."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter, itemgetter
from typing import NamedTuple

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.booking.model import Booking, BookingStatus
from kernel import keys, table
from kernel.fields import normalised_email

IN_ORDER = attrgetter("starts_at", "id")
ITS_PLACE = itemgetter("gsi1sk")
"""The same order, as a list has it."""

commit = table.write
ConditionFailed = table.ConditionFailed
Action = table.Action


class Entry(NamedTuple):
    """Where a booking stands that a list names."""

    key: keys.Key
    workshop_id: int | None
    """None in the school's list, which has not got it."""


def load_booking(tenant_id: int, uid: str) -> Booking | None:
    row = table.get(keys.booking(tenant_id, uid))
    return Booking.model_validate(row) if row else None


def load_bookings(tenant_id: int, uids: Iterable[str]) -> dict[str, Booking]:
    """Those there are, by their uids, in the order asked for."""
    return {booking.uid: booking for booking in _load([keys.booking(tenant_id, uid) for uid in uids])}


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
    descending: bool = False,
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
            descending=descending,
        )
        for status in statuses
    ]
    bookings = (map(Booking.model_validate, rows) for rows in found)
    return merge(*bookings, key=IN_ORDER, reverse=descending)


def count_of_school(tenant_id: int, statuses: Iterable[BookingStatus]) -> int:
    return sum(table.count(_of_school(tenant_id, status), index="gsi2") for status in statuses)


def page_of_school(tenant_id: int, statuses: Iterable[BookingStatus], first: int, limit: int) -> list[Booking]:
    """A school's bookings from the `first` on, the latest start first; of those that are skipped only keys are read."""
    last = first + limit
    found = [
        table.query(_of_school(tenant_id, status), index="gsi2", limit=last, descending=True) for status in statuses
    ]
    return load_entries(map(_entry, islice(merge(*found, key=ITS_PLACE, reverse=True), first, last)))


def entries_of_student(tenant_id: int, email: str, statuses: Iterable[BookingStatus]) -> list[Entry]:
    """All of an address, the latest start first."""
    lists = (keys.student_bookings(tenant_id, normalised_email(email), status) for status in statuses)
    found = [table.query(Where("gsi3pk").eq(one), index="gsi3", descending=True) for one in lists]
    return [_entry(row) for row in merge(*found, key=ITS_PLACE, reverse=True)]


def load_entries(entries: Iterable[Entry]) -> list[Booking]:
    """The bookings of some entries, as they are by now."""
    return _load([entry.key for entry in entries])


def _load(wanted: list[keys.Key]) -> list[Booking]:
    found = table.get_all(wanted)
    return [Booking.model_validate(found[key]) for key in wanted if key in found]


def _of_school(tenant_id: int, status: BookingStatus) -> ConditionBase:
    return Where("gsi2pk").eq(keys.school_bookings(tenant_id, status))


def _entry(row: table.Item) -> Entry:
    return Entry(keys.Key(row["pk"], row["sk"]), row.get("workshop_id"))


def _row(booking: Booking) -> table.Item:
    """It is found under its status, so a change of that writes the index key anew."""
    key, email = keys.booking(booking.tenant_id, booking.uid), normalised_email(booking.attendee.email)
    sort = keys.booking_sort(booking.starts_at, booking.id)
    index = keys.booking_index(booking.tenant_id, booking.workshop_id, email, booking.status, sort)
    return {**key._asdict(), **index._asdict(), "entity": "booking", **booking.model_dump(mode="json")}
