"""How many seats of an occurrence are taken: one row for each occurrence that was ever booked.

A claim is the condition that no occurrence is sold beyond its seats (INV-01), also when those are just being lowered
(INV-06), or when the workshop is about to take place at other times. The workshop's row is looked at by the first claim
of an occurrence only, so that later ones of different occurrences share no lock (INV-38); from then on the occurrence's
own `revision` says how old a reading of the workshop a claim may go by. `workshop.holds` raises it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.seats.model import Seats
from immersio.workshop import store as workshops
from immersio.workshop.model import Workshop
from kernel import clock, keys, table

commit = table.write
ConditionFailed = table.ConditionFailed

NOTHING_MORE: Mapping[str, int] = {}


def load_seats(tenant_id: int, occurrences: Iterable[tuple[int, datetime]]) -> dict[tuple[int, datetime], Seats]:
    """The seats of several occurrences, by workshop and start; one that was never booked is missing."""
    asked = {keys.occurrence(tenant_id, *occurrence): occurrence for occurrence in occurrences}
    return {asked[key]: _seats(row) for key, row in table.get_all(asked).items()}


def seats_since(tenant_id: int, workshop_id: int, since: datetime) -> list[Seats]:
    """The occurrences of a workshop that were ever booked and start then or later, in order of time."""
    later = Where("sk").between(*keys.occurrences_since(since))
    return list(map(_seats, table.query(Where("pk").eq(keys.workshop(tenant_id, workshop_id).pk) & later)))


def claim(
    workshop: Workshop, starts_at: datetime, found: Seats | None, counting: Mapping[str, int] = NOTHING_MORE
) -> list[table.Action]:
    """One more seat of an occurrence, by the workshop and the occurrence as they were read; the row's counts with it.

    It fails where all seats are taken, and where one of the two has changed in a way that matters: read both again. Of
    a workshop that is held no seat may be claimed; see `workshop.holds.unheld`.
    """
    key = keys.occurrence(workshop.tenant_id, workshop.id, starts_at)
    if found is None:
        own = {"entity": "occurrence", "tenant_id": workshop.tenant_id, "workshop_id": workshop.id}
        row = {**own, "starts_at": clock.iso(starts_at), "revision": workshop.revision}
        return [
            table.Update(key=key, set=row, add={"taken": 1, **counting}, condition=Attr("pk").not_exists()),
            workshops.still(workshop),
        ]
    free = Attr("taken").not_exists() | Attr("taken").lt(workshop.seats)
    up_to_date = Attr("revision").not_exists() | Attr("revision").lte(workshop.revision)
    return [table.Update(key=key, add={"taken": 1, **counting}, condition=free & up_to_date)]


def outdate(workshop: Workshop, seats: Seats) -> table.Update:
    """From now on no seat of this occurrence is claimed by an older reading of the workshop than this one."""
    key = keys.occurrence(workshop.tenant_id, workshop.id, seats.starts_at)
    return table.Update(key=key, set={"revision": workshop.revision}, condition=Attr("pk").exists())


def _seats(row: table.Item) -> Seats:
    return Seats(keys.start_of(row["sk"]), int(row.get("taken", 0)), int(row.get("revision", 0)))
