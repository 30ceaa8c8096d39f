"""Seats in the table: all of an occurrence's claims in one row, changed by single conditional updates.

Transactions that meet on one row cancel each other, and a class that many want would be lost in retries; single
updates wait for each other (docs/seats.md has the figures). So no transaction ever touches this row.
"""

from collections.abc import Iterable
from datetime import datetime
from boto3.dynamodb.conditions import Attr

from immersio.seat.model import Occupancy, Place
from kernel import clock, ids, keys, table
from kernel.fields import normalised_email

ConditionFailed = table.ConditionFailed

CLAIM, EMAIL = "claim_", "email_"
SOLD = "sold"


def load_occupancy(place: Place) -> Occupancy:
    return occupancy(table.get(_key(place)))


def load_occupancies(places: Iterable[Place]) -> dict[Place, Occupancy]:
    """Several at once; an occurrence that nobody has booked yet is empty."""
    by_key = {_key(place): place for place in places}
    rows = table.get_all(by_key)
    return {place: occupancy(rows.get(key)) for key, place in by_key.items()}


def claim(place: Place, uid: str, email: str, until: datetime, seats: int) -> None:
    """Hold a seat, if one is free and this address has none yet; ConditionFailed has the row as it stood.

    The condition fails where the claim was made already: who asks again after a lost answer finds their own uid.
    """
    mark = EMAIL + fingerprint(email)
    free = Attr("taken").not_exists() | Attr("taken").lt(seats)
    new = Attr(CLAIM + uid).not_exists() & Attr(mark).not_exists() & Attr("called_off_at").not_exists()
    whose = {"tenant_id": place.tenant_id, "workshop_id": place.workshop_id, "starts_at": clock.iso(place.starts_at)}
    table.change(
        table.Update(
            key=_key(place),
            add={"taken": 1},
            set={"entity": "occurrence", **whose, CLAIM + uid: clock.iso(until), mark: uid},
            condition=free & new,
        )
    )


def keep(place: Place, uid: str) -> None:
    """A held seat is sold."""
    _change_claim(place, uid, SOLD)


def hold(place: Place, uid: str, until: datetime) -> None:
    _change_claim(place, uid, clock.iso(until))


def free(place: Place, uid: str) -> bool:
    """Give a seat back; False if it was already (so that it is given back once)."""
    row = table.get(_key(place)) or {}
    marks = tuple(name for name, value in row.items() if name.startswith(EMAIL) and value == uid)
    claim = table.Update(
        key=_key(place), add={"taken": -1}, remove=(CLAIM + uid, *marks), condition=Attr(CLAIM + uid).exists()
    )
    return CLAIM + uid in row and _is_done(claim)


def occupancy(row: table.Item | None) -> Occupancy:
    row = row or {}
    claims = {name.removeprefix(CLAIM): _until(value) for name, value in row.items() if name.startswith(CLAIM)}
    emails = {name.removeprefix(EMAIL): str(value) for name, value in row.items() if name.startswith(EMAIL)}
    return Occupancy(row.get("taken", 0), claims, emails, is_called_off="called_off_at" in row)


def fingerprint(email: str) -> str:
    """An address as it stands in the row: short, and no address."""
    return ids.fingerprint(normalised_email(email))[:24]


def _change_claim(place: Place, uid: str, state: str) -> None:
    """A claim that is gone stays gone: its booking was moved or cancelled meanwhile."""
    claim = CLAIM + uid
    _is_done(table.Update(key=_key(place), set={claim: state}, condition=Attr(claim).exists()))


def _is_done(change: table.Update) -> bool:
    try:
        table.change(change)
    except ConditionFailed:
        return False
    return True


def _key(place: Place) -> keys.Key:
    return keys.occurrence(place.tenant_id, place.workshop_id, place.starts_at)


def _until(value: str) -> datetime | None:
    return None if value == SOLD else datetime.fromisoformat(value)
