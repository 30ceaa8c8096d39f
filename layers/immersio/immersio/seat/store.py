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

CLAIM, EMAIL, WAITING = "claim_", "email_", "waiting"
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


def claim(place: Place, uid: str, email: str, until: datetime, seats: int, *, offered: bool = False) -> None:
    """Take a seat, if one is free and this address has none yet; ConditionFailed has the row as it stood.

    While others wait, a free seat is for those to whom it is offered.

    The condition fails where the claim was made already: who asks again after a lost answer finds their own uid.
    """
    mark = EMAIL + fingerprint(email)
    free = Attr("taken").not_exists() | Attr("taken").lt(seats)
    new = Attr(CLAIM + uid).not_exists() & Attr(mark).not_exists()
    turn = new if offered else new & Attr(WAITING).not_exists()
    claimed = {CLAIM + uid: _written(Claim(Hold.CLAIMED, until)), mark: uid}
    table.change(
        table.Update(
            key=_key(place),
            add={"taken": 1},
            set={**_whose(place), **claimed},
            condition=free & turn,
        )
    )


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


def somebody_waits(place: Place, uid: str) -> None:
    """From now on nobody takes a free seat past those who wait."""
    table.change(table.Update(key=_key(place), set={**_whose(place), WAITING: uid}))


def nobody_waits(place: Place, as_read: str) -> bool:
    """Seats are for everybody again; False where somebody has joined since the mark was read."""
    return _is_done(table.Update(key=_key(place), remove=(WAITING,), condition=Attr(WAITING).eq(as_read)))


def occupancy(row: table.Item | None) -> Occupancy:
    row = row or {}
    return Occupancy(
        taken=row.get("taken", 0),
        claims={name.removeprefix(CLAIM): _read(value) for name, value in row.items() if name.startswith(CLAIM)},
        emails={name.removeprefix(EMAIL): str(value) for name, value in row.items() if name.startswith(EMAIL)},
        cancelled=row.get("cancelled", 0),
        waiting=row.get(WAITING),
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


def _whose(place: Place) -> table.Item:
    """Which occurrence it is; whoever writes the row first may make it."""
    of = {"tenant_id": place.tenant_id, "workshop_id": place.workshop_id}
    return {"entity": "occurrence", **of, "starts_at": clock.iso(place.starts_at)}


def _key(place: Place) -> keys.Key:
    return keys.occurrence(place.tenant_id, place.workshop_id, place.starts_at)


def _written(claim: Claim) -> str:
    """`held 2026-12-01T15:00:00.000Z`, or `sold`."""
    return f"{claim.hold} {clock.iso(claim.until)}" if claim.until else claim.hold


def _read(written: str) -> Claim:
    hold, _, until = written.partition(" ")
    return Claim(Hold(hold), datetime.fromisoformat(until) if until else None)
