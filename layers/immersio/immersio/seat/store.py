"""Seats in the table: all of an occurrence's claims in one row, changed by single conditional updates.

Transactions that meet on one row cancel each other, and a class that many want would be lost in retries; single
updates wait for each other (docs/seats.md has the figures). So no transaction ever touches this row.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.seat.model import Claim, Hold, Occupancy, Place
from kernel import clock, ids, keys, table
from kernel.fields import normalised_email

ConditionFailed = table.ConditionFailed

CLAIM, EMAIL = "claim_", "email_"
NEVER = "-"
LENGTH_OF_A_FINGERPRINT = 24
"""Enough that no two of a class share one."""


def load_occupancy(place: Place) -> Occupancy:
    return occupancy(table.get(_key(place)))


def load_occupancies(places: Iterable[Place]) -> dict[Place, Occupancy]:
    """Several at once; an occurrence that nobody has booked yet is empty."""
    by_key = {_key(place): place for place in places}
    rows = table.get_all(by_key)
    return {place: occupancy(rows.get(key)) for key, place in by_key.items()}


def occupancies_between(
    tenant_id: int, workshop_id: int, since: datetime, until: datetime
) -> Iterator[tuple[Place, Occupancy]]:
    """The occurrences that were ever booked and start from `since` to `until`, both included, in order of time."""
    partition = Where("pk").eq(keys.workshop(tenant_id, workshop_id).pk)
    for row in table.query(partition & Where("sk").between(*keys.occurrences_between(since, until))):
        yield Place(tenant_id, workshop_id, datetime.fromisoformat(row["starts_at"])), occupancy(row)


def claim(place: Place, uid: str, email: str, until: datetime, seats: int) -> Claim:
    """Take a seat, if one is free and this address has none yet; ConditionFailed has the row as it stood.

    The condition fails where the claim was made already: who asks again after a lost answer finds their own uid.
    """
    mark, made = EMAIL + fingerprint(email), Claim(Hold.CLAIMED, until)
    free = Attr("taken").not_exists() | Attr("taken").lt(seats)
    new = Attr(CLAIM + uid).not_exists() & Attr(mark).not_exists()
    whose = {"tenant_id": place.tenant_id, "workshop_id": place.workshop_id, "starts_at": clock.iso(place.starts_at)}
    claimed = {CLAIM + uid: _written(made), mark: uid}
    table.change(
        table.Update(
            key=_key(place),
            add={"taken": 1},
            set={"entity": "occurrence", **whose, **claimed},
            condition=free & new,
        )
    )
    return made


def turn(place: Place, uid: str, before: Claim, after: Claim) -> bool:
    """Change what a seat is held for, or until when; False where the claim is not as it was read."""
    name = CLAIM + uid
    return _is_done(
        table.Update(key=_key(place), set={name: _written(after)}, condition=Attr(name).eq(_written(before)))
    )


def free(place: Place, uid: str, *, cancelled: bool, as_read: Claim | None = None) -> bool:
    """Give a seat back, of a booking that was cancelled or of none; False if it was already (so that it is once).

    With a claim, only if it is still as it was read.
    """
    row = table.get(_key(place)) or {}
    claim = row.get(CLAIM + uid)
    if claim is None or (as_read and claim != _written(as_read)):
        return False
    marks = tuple(name for name, value in row.items() if name.startswith(EMAIL) and value == uid)
    return _is_done(
        table.Update(
            key=_key(place),
            add={"taken": -1, "cancelled": int(cancelled)},
            remove=(CLAIM + uid, *marks),
            condition=Attr(CLAIM + uid).eq(claim),
        )
    )


def occupancy(row: table.Item | None) -> Occupancy:
    row = row or {}
    return Occupancy(
        taken=row.get("taken", 0),
        claims={name.removeprefix(CLAIM): _read(value) for name, value in row.items() if name.startswith(CLAIM)},
        emails={name.removeprefix(EMAIL): str(value) for name, value in row.items() if name.startswith(EMAIL)},
        cancelled=row.get("cancelled", 0),
    )


def fingerprint(email: str) -> str:
    """An address as it stands in the row: short, and no address."""
    return ids.fingerprint(normalised_email(email))[:LENGTH_OF_A_FINGERPRINT]


def _is_done(change: table.Update) -> bool:
    try:
        table.change(change)
    except ConditionFailed:
        return False
    return True


def _key(place: Place) -> keys.Key:
    return keys.occurrence(place.tenant_id, place.workshop_id, place.starts_at)


def _written(claim: Claim) -> str:
    """`held 2026-12-01T15:00:00.000Z 5f3a09c1`, or `sold - 5f3a09c1`."""
    return f"{claim.hold} {clock.iso(claim.until) if claim.until else NEVER} {claim.stamp}"


def _read(written: str) -> Claim:
    hold, until, stamp = written.split(" ")
    return Claim(Hold(hold), None if until == NEVER else datetime.fromisoformat(until), stamp)
