"""Tours in the table: reads named by what they find, and the actions a change is committed with.

Functions that return a `table.Action` write nothing; `commit` writes all of them or none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from pydantic import BaseModel, Field

from kernel import clock, keys, outbox, table
from kernel.fields import normalised_email
from resman.diary import Claims, HeldAppointment
from resman.model import Tour
from resman.port import Schedule
from resman.property import Property

DIARY_KEPT = timedelta(days=90)
CELL_FORMAT = "at_%Y%m%dT%H%MZ"
"""One attribute of a lane's row for each cell that is taken; its value is the tour's id."""

commit = table.write
ConditionFailed = table.ConditionFailed


class ResmanDay(BaseModel):
    """What ResMan told us about one day, and when we had asked."""

    held: tuple[HeldAppointment, ...]
    employees: frozenset[str]
    schedule: Schedule | None = Field(default=None, exclude=True)
    """All days ResMan told of in the same answer; not kept."""
    asked_at: clock.Instant
    dropped_at: clock.Instant | None = None
    """A change came after; good only while ResMan is out of reach."""


def load_tour(account_id: str, tour_id: str) -> Tour | None:
    row = table.get(keys.tour(account_id, tour_id))
    return Tour.model_validate(row) if row else None


def find_tour(appointment_id: str) -> Tour | None:
    """A tour whose account is not known, as ResMan names it."""
    for row in table.query(Key("gsi1pk").eq(keys.tour_index(appointment_id).gsi1pk), index="gsi1", limit=1):
        return load_tour(row["account_id"], appointment_id)
    return None


def last_tour_of(property: Property, email: str) -> str | None:
    """The tour a prospect booked last at this property."""
    row = table.get(keys.prospect(property.account_id, property.id, normalised_email(email)))
    return str(row["tour_id"]) if row else None


def claims_of(property: Property, day: date) -> Claims:
    rows = table.query(Key("pk").eq(keys.diary(property.account_id, property.id, day)))
    return {keys.lane_of(row["sk"]): _cells(row) for row in rows}


def new_tour(tour: Tour) -> table.Action:
    return table.Put(item=_row(tour), condition=Attr("pk").not_exists())


def changed_tour(before: Tour, after: Tour) -> table.Action:
    """The next version, only if nobody else has made one."""
    return table.Put(item=_row(after.succeeding(before)), condition=Attr("version").eq(before.version))


def remember_prospect(tour: Tour, last: str | None) -> table.Action:
    """Point from the prospect to this tour, unless it is no longer `last` that they booked last."""
    key = keys.prospect(tour.account_id, tour.property_id, normalised_email(tour.prospect.email))
    return table.Put(
        item={
            **key._asdict(),
            "entity": "prospect",
            "tour_id": tour.id,
            "ttl": clock.epoch(tour.starts_at + DIARY_KEPT),
        },
        condition=Attr("tour_id").eq(last) if last else Attr("pk").not_exists(),
    )


def claim(tour: Tour, giving_back: tuple[str, ...] = ()) -> table.Action:
    """Take the tour's time in its lane: the one write that grants a slot (INV-34)."""
    return table.Update(
        key=_lane(tour),
        set={**dict.fromkeys(_names(tour), tour.id), "ttl": clock.epoch(tour.starts_at + DIARY_KEPT)},
        remove=giving_back,
        condition=_all(Attr(name).not_exists() | Attr(name).eq(tour.id) for name in _names(tour)),
    )


def release(tour: Tour, now: datetime) -> list[table.Action]:
    """Give the tour's time back; time that has passed is of no use to anybody."""
    if not tour.holds_slot or tour.starts_at < now - timedelta(days=1):
        return []
    return [
        table.Update(
            key=_lane(tour),
            remove=tuple(_names(tour)),
            condition=_all(Attr(name).eq(tour.id) for name in _names(tour)),
        )
    ]


def move_claim(before: Tour, after: Tour, now: datetime) -> list[table.Action]:
    """Give back the old time and take the new one, in one write where both lie in one row."""
    if not before.holds_slot or _lane(before) != _lane(after):
        return [*release(before, now), claim(after)]
    return [claim(after, tuple(name for name in _names(before) if name not in _names(after)))]


def load_resman_day(property: Property, day: date) -> ResmanDay | None:
    row = table.get(keys.availability(property.account_id, property.id, day))
    return ResmanDay.model_validate(row) if row and "asked_at" in row else None


def keep_resman_day(property: Property, day: date, told: ResmanDay) -> None:
    """Cache what ResMan said, unless the day was dropped after we had asked."""
    asked_at = clock.iso(told.asked_at)
    try:
        commit(
            table.Update(
                key=keys.availability(property.account_id, property.id, day),
                set={
                    "entity": "availability",
                    **told.model_dump(mode="json", exclude={"dropped_at"}),
                    "ttl": clock.epoch(told.asked_at + timedelta(days=2)),
                },
                remove=("dropped_at",),
                condition=Attr("dropped_at").not_exists() | Attr("dropped_at").lt(asked_at),
            )
        )
    except ConditionFailed:
        return


def drop_resman_day(property: Property, day: date) -> table.Action:
    """Make the next reader ask ResMan again (INV-35). What it said last stays for when ResMan is down."""
    now = clock.now()
    return table.Update(
        key=keys.availability(property.account_id, property.id, day),
        set={"dropped_at": clock.iso(now), "ttl": clock.epoch(now + timedelta(days=2))},
    )


def count(property: Property, counted: Counter[str], now: datetime) -> table.Action:
    """Add to the counters of the property's local day."""
    day = property.local(now).date()
    return table.Update(
        key=keys.metrics_day(property.account_id, property.id, day),
        set={"entity": "metrics", "day": day.isoformat()},
        add=counted,
    )


def tally(property: Property, counted: Counter[str], now: datetime) -> None:
    """Add to the day's counters where nothing else is written, and where a miscount does less harm than a delay."""
    day = property.local(now).date()
    key = keys.metrics_day(property.account_id, property.id, day)
    table.tally(key, add=counted, set={"entity": "metrics", "day": day.isoformat()})


def counters_between(property: Property, first: date, last: date) -> Iterator[table.Item]:
    between = Key("sk").between(keys.metrics_sort(first), keys.metrics_sort(last))
    return table.query(Key("pk").eq(keys.metrics(property.account_id, property.id)) & between)


def polled_until(property: Property) -> datetime | None:
    row = table.get(keys.poll_cursor(property.account_id, property.id))
    return datetime.fromisoformat(row["until"]) if row else None


def save_poll_cursor(property: Property, until: datetime) -> None:
    key = keys.poll_cursor(property.account_id, property.id)
    commit(table.Put(item={**key._asdict(), "entity": "poll_cursor", "until": clock.iso(until)}))


def messages(owed: Iterable[outbox.Message]) -> list[table.Action]:
    return [outbox.put(message) for message in owed]


def _row(tour: Tour) -> table.Item:
    return {
        **keys.tour(tour.account_id, tour.id)._asdict(),
        **keys.tour_index(tour.id)._asdict(),
        "entity": "tour",
        **tour.model_dump(mode="json"),
    }


def _lane(tour: Tour) -> keys.Key:
    return keys.diary_lane(tour.account_id, tour.property_id, tour.day, tour.lane)


def _names(tour: Tour) -> list[str]:
    return [cell.astimezone(UTC).strftime(CELL_FORMAT) for cell in tour.cells]


def _cells(row: table.Item) -> dict[datetime, str]:
    return {
        datetime.strptime(name, CELL_FORMAT).replace(tzinfo=UTC): tour_id
        for name, tour_id in row.items()
        if name.startswith("at_")
    }


def _all(conditions: Iterable[Any]) -> ConditionBase:
    combined: ConditionBase = reduce(and_, conditions)
    return combined
