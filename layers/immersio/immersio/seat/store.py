"""Seats in the table: all of an occurrence's claims in one row, changed by single conditional updates.

Transactions that meet on one row cancel each other, and a class that many want would be lost in retries; single
updates wait for each other (docs/seats.md has the figures). So no transaction ever touches this row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.seat.model import Claim, Hold, Occupancy, Place, Wish
from kernel import clock, ids, keys, table
from kernel.fields import normalised_email

ConditionFailed = table.ConditionFailed

CLAIM, EMAIL, WAITING = "claim_", "email_", "waiting"
NEVER = "-"
LENGTH_OF_A_FINGERPRINT = 24
"""Enough that no two of a class share one."""
MOST_EDITS = 40
"""Attributes that one repair changes; DynamoDB's expressions are limited in length."""


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


def claim(place: Place, wish: Wish, until: datetime, seats: int) -> Claim:
    """Take a seat, if one is free and this address has none yet; ConditionFailed has the row as it stood.

    While others wait, a free seat is for those to whom it is offered.

    The condition fails where the claim was made already: who asks again after a lost answer finds their own uid.
    """
    name, mark, made = CLAIM + wish.uid, EMAIL + fingerprint(wish.email), _stamped(Claim(Hold.CLAIMED, until))
    is_free = Attr("taken").not_exists() | Attr("taken").lt(seats)
    is_new = Attr(name).not_exists() & Attr(mark).not_exists()
    is_on = Attr("called_off_at").not_exists()
    open_to_them = is_on if wish.offered else is_on & Attr(WAITING).not_exists()
    table.change(
        table.Update(
            key=_key(place),
            add={"taken": 1, **({"cancelled": -1} if wish.regained else {})},
            set={**_whose(place), name: _written(made), mark: wish.uid},
            condition=is_free & is_new & open_to_them,
        )
    )
    return made


def turn(place: Place, uid: str, before: Claim, after: Claim) -> bool:
    """Change what a seat is held for, or until when; False where the claim is not as it was read."""
    name = CLAIM + uid
    return _is_done(
        table.Update(key=_key(place), set={name: _written(_stamped(after))}, condition=Attr(name).eq(_written(before)))
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


def call_off(place: Place, at: datetime) -> Occupancy:
    """From now on no seat is claimed; since when that is so, is up to the first who says it."""
    off = table.Update(
        key=_key(place),
        set={**_whose(place), "called_off_at": clock.iso(at)},
        condition=Attr("called_off_at").not_exists(),
    )
    try:
        return occupancy(table.change(off))
    except ConditionFailed as failed:
        return occupancy(failed.found[0])


def somebody_waits(place: Place, uid: str) -> None:
    """From now on nobody takes a free seat past those who wait."""
    table.change(table.Update(key=_key(place), set={**_whose(place), WAITING: uid}))


def nobody_waits(place: Place, as_read: str) -> bool:
    """Seats are for everybody again; False where somebody has joined since the mark was read."""
    return _is_done(table.Update(key=_key(place), remove=(WAITING,), condition=Attr(WAITING).eq(as_read)))


def occupancy(row: table.Item | None) -> Occupancy:
    row = row or {}
    off = row.get("called_off_at")
    return Occupancy(
        taken=row.get("taken", 0),
        claims={name.removeprefix(CLAIM): _read(value) for name, value in row.items() if name.startswith(CLAIM)},
        emails={name.removeprefix(EMAIL): str(value) for name, value in row.items() if name.startswith(EMAIL)},
        cancelled=row.get("cancelled", 0),
        repairs=row.get("repairs", 0),
        called_off_at=datetime.fromisoformat(off) if off else None,
        waiting=row.get(WAITING),
    )


def restore(place: Place, uid: str, email: str, until: datetime) -> bool:
    """Claim a seat for a booking that is alive and has lost its own, whatever room there is; False if it has one."""
    claimed = {CLAIM + uid: _written(_stamped(Claim(Hold.CLAIMED, until))), EMAIL + fingerprint(email): uid}
    return _is_done(
        table.Update(
            key=_key(place),
            add={"taken": 1},
            set={**_whose(place), **claimed},
            condition=Attr(CLAIM + uid).not_exists(),
        )
    )


def mend(place: Place, found: Occupancy, right: Occupancy) -> bool:
    """Make of what was found what is right; False where somebody else did it, or what is to be changed has changed.

    Whoever claims or frees a seat changes `taken` together with a claim, so what it is wrong by stays the same
    meanwhile, and is added. That it is added once, `repairs` sees to.
    """
    claims = {CLAIM + uid: (_written(claim), None) for uid, claim in found.claims.items() if uid not in right.claims}
    addresses = found.emails.keys() | right.emails.keys()
    marks = {EMAIL + address: (found.emails.get(address), right.emails.get(address)) for address in addresses}
    edits = [*claims.items(), *((name, edit) for name, edit in marks.items() if edit[0] != edit[1])]
    miscounted = {"taken": len(found.claims) - found.taken, "cancelled": right.cancelled - found.cancelled}
    repairs = found.repairs
    while edits or any(miscounted.values()):
        some, edits = dict(edits[:MOST_EDITS]), edits[MOST_EDITS:]
        miscounted["taken"] -= len(some.keys() & claims.keys())
        if not _is_done(_edit(place, some, miscounted, repairs)):
            return False
        miscounted, repairs = {"taken": 0, "cancelled": 0}, repairs + 1
    return True


def _edit(
    place: Place, edits: Mapping[str, tuple[str | None, str | None]], add: Mapping[str, int], repairs: int
) -> table.Update:
    """Each attribute from what it was read as to what it is to be; None is: not there."""
    condition: ConditionBase = Attr("repairs").eq(repairs) if repairs else Attr("repairs").not_exists()
    for name, (before, _) in edits.items():
        condition &= Attr(name).not_exists() if before is None else Attr(name).eq(before)
    return table.Update(
        key=_key(place),
        add={**add, "repairs": 1},
        set={**_whose(place), **{name: after for name, (_, after) in edits.items() if after is not None}},
        remove=tuple(name for name, (_, after) in edits.items() if after is None),
        condition=condition,
    )


def _whose(place: Place) -> table.Item:
    """What the row of an occurrence says of itself, by whomever it is made."""
    whose = {"tenant_id": place.tenant_id, "workshop_id": place.workshop_id, "starts_at": clock.iso(place.starts_at)}
    return {"entity": "occurrence", **whose}


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


def _stamped(claim: Claim) -> Claim:
    """As it is written now, and never was before."""
    return replace(claim, stamp=ids.new_stamp())


def _written(claim: Claim) -> str:
    """`held 2026-12-01T15:00:00.000Z 5f3a09c1`, or `sold - 5f3a09c1`."""
    return f"{claim.hold} {clock.iso(claim.until) if claim.until else NEVER} {claim.stamp}"


def _read(written: str) -> Claim:
    hold, until, stamp = written.split(" ")
    return Claim(Hold(hold), None if until == NEVER else datetime.fromisoformat(until), stamp)
