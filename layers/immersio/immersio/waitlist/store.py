"""Waitlists in the table: a partition for each class, in it a row for everybody who waits, and one for their address.

Two who join at once write rows of their own, and wait for nobody. That somebody waits is also marked in the
occurrence's row (`seat.store`), which is what keeps others from the seats.
"""

from datetime import timedelta

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.seat.model import Place
from immersio.seat.store import fingerprint
from immersio.waitlist.model import Entry
from kernel import clock, keys, table

commit = table.write
ConditionFailed = table.ConditionFailed
Action = table.Action

KEPT = timedelta(days=1)
"""After the class has started, names and addresses of who waited in vain are not kept."""


def find_entry(place: Place, email: str) -> Entry | None:
    """By the address, which waits once."""
    named = table.get(_address(place, email))
    row = table.get(_key(place, int(named["entry_id"]))) if named else None
    return Entry.model_validate(row) if row else None


def first_entry(place: Place) -> Entry | None:
    """Whose turn it is."""
    entries = Where("pk").eq(_partition(place)) & Where("sk").begins_with(keys.waitlist_entries())
    row = next(table.query(entries, limit=1), None)
    return Entry.model_validate(row) if row else None


def position(entry: Entry) -> int:
    """How many there are up to this one."""
    until = keys.waitlist_sort(entry.id)
    up_to = Where("pk").eq(_partition(entry.place)) & Where("sk").between(keys.waitlist_entries(), until)
    return sum(1 for _ in table.query(up_to))


def new_entry(entry: Entry) -> list[table.Action]:
    """The first fails where the address waits already."""
    return [
        _put(_address(entry.place, entry.attendee.email), entry, {"entity": "waiting_address", "entry_id": entry.id}),
        _put(_key(entry.place, entry.id), entry, {"entity": "waiting", **entry.model_dump(mode="json")}),
    ]


def left(entry: Entry) -> list[table.Action]:
    """Who waited does no more; the first fails where that is so already."""
    address = _address(entry.place, entry.attendee.email)
    return [
        table.Delete(key=_key(entry.place, entry.id), condition=Attr("pk").exists()),
        table.Delete(key=address, condition=Attr("entry_id").eq(entry.id)),
    ]


def _put(key: keys.Key, entry: Entry, row: table.Item) -> table.Put:
    ttl = clock.epoch(entry.starts_at + KEPT)
    return table.Put(item={**key._asdict(), **row, "ttl": ttl}, condition=Attr("pk").not_exists())


def _partition(place: Place) -> str:
    return keys.waitlist(place.tenant_id, place.workshop_id, place.starts_at)


def _key(place: Place, entry_id: int) -> keys.Key:
    return keys.waitlist_entry(place.tenant_id, place.workshop_id, place.starts_at, entry_id)


def _address(place: Place, email: str) -> keys.Key:
    return keys.waitlist_address(place.tenant_id, place.workshop_id, place.starts_at, fingerprint(email))
