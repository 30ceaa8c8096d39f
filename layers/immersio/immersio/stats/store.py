"""Counters in the table: a row for each workshop and day on which anything moved, and one for its month."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.stats.model import COUNTERS, SEPARATOR, Booked, Change, Row
from immersio.stats.period import Pieces
from kernel import clock, keys, table
from kernel.fields import normalised_email

commit = table.write
ConditionFailed = table.ConditionFailed

REMEMBERED = timedelta(days=90)
"""For so long a change is known to be counted: a message can be replayed for two weeks after its last attempt."""


def counted(change: Change) -> list[table.Action]:
    """All that a change moves; it fails at action 0 if it was counted before."""
    mark = {
        **keys.stats_change(change.tenant_id, change.id)._asdict(),
        "entity": "stats_change",
        "kind": change.kind,
        "ttl": clock.epoch(clock.now() + REMEMBERED),
    }
    return [table.Put(item=mark, condition=Attr("pk").not_exists()), *_increments(change)]


def new_student(change: Booked) -> list[table.Action]:
    """One more student; it fails if they have been counted."""
    key = keys.stats_student(change.tenant_id, normalised_email(change.student))
    student = {**key._asdict(), "entity": "stats_student"}
    return [
        table.Put(item=student, condition=Attr("pk").not_exists()),
        table.Update(key=keys.stats_totals(change.tenant_id), add={"students": 1}, set={"entity": "stats_totals"}),
    ]


def load_students(tenant_id: int) -> int:
    """How many different people have ever booked."""
    return int((table.get(keys.stats_totals(tenant_id)) or {}).get("students", 0))


def load_rows(tenant_id: int, pieces: Pieces) -> Iterator[Row]:
    ranges = [keys.stats_days(*days) for days in pieces.days]
    if pieces.months:
        ranges.append(keys.stats_months(*pieces.months))
    for lower, upper in ranges:
        rows = table.query(Where("pk").eq(keys.stats(tenant_id)) & Where("sk").between(lower, upper))
        yield from map(_row, rows)


def _increments(change: Change) -> Iterator[table.Action]:
    days: dict[date, Counter[str]] = {}
    months: dict[date, Counter[str]] = {}
    for count in change.counts():
        days.setdefault(count.day, Counter())[count.name_on_its_day] += count.by
        months.setdefault(count.day.replace(day=1), Counter())[count.name] += count.by
    for day, counters in days.items():
        key = keys.stats_day(change.tenant_id, day, change.workshop_id)
        yield from _increment(change, key, counters, {"day": day.isoformat()})
    for month, counters in months.items():
        key = keys.stats_month(change.tenant_id, month, change.workshop_id)
        yield from _increment(change, key, counters, {})


def _increment(change: Change, key: keys.Key, counters: Counter[str], of: dict[str, str]) -> Iterator[table.Action]:
    """Nothing where a seat moved within a month, and its month's sum stays as it is."""
    add = {name: by for name, by in counters.items() if by}
    if add:
        yield table.Update(key=key, add=add, set={"entity": "stats", "workshop_id": change.workshop_id, **of})


def _row(row: table.Item) -> Row:
    counters = {name: count for name, count in row.items() if name.partition(SEPARATOR)[0] in COUNTERS}
    return Row(row["workshop_id"], date.fromisoformat(row["day"]) if "day" in row else None, counters)
