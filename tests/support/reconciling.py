"""The nightly look at all counters, as the schedule begins it, and an occurrence's row in any state of damage."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine

from immersio.reconciling.duties import QUEUE
from immersio.seat import store as seats
from immersio.seat.model import Place
from kernel import keys, table
from tests.support.lists import hooked
from tests.support.schools import Schools
from tests.support.students import place
from tests.support.workers import Context, function


def begin() -> dict[str, int]:
    told: dict[str, int] = function("immersio/workers/reconcile_schools")({}, Context())
    return told


def look(schools: Schools, time: time_machine.Traveller) -> None:
    """The first look at everything; what seems wrong is due for another."""
    begin()
    _work(schools, time)


def reconcile(schools: Schools, time: time_machine.Traveller, looks: int = 1) -> None:
    """A whole night: all that is found is looked at again."""
    look(schools, time)
    for _ in range(looks):
        _work(schools, time)


def _work(schools: Schools, time: time_machine.Traveller) -> None:
    known = -1
    while known < (known := len(schools.messages())):
        schools.run_workers(QUEUE)
    time.shift(timedelta(minutes=3))
    schools.sweep()


def row(schools: Schools, workshop: dict[str, Any], at: datetime | None = None) -> table.Item:
    return table.get(_key(place(schools, workshop, at))) or {}


def said(row: table.Item) -> table.Item:
    """What an occurrence's row says, without the stamps by which one claim is told from another."""
    return {name: value.rpartition(" ")[0] if name.startswith(seats.CLAIM) else value for name, value in row.items()}


def damage(place: Place, **attributes: Any) -> None:
    """Overwrite what an occurrence's row says; None removes it."""
    given = {name: value for name, value in attributes.items() if value is not None}
    gone = tuple(name for name in attributes if name not in given)
    table.change(table.Update(key=_key(place), set=given, remove=gone))


def damage_plan(schools: Schools, by: int) -> None:
    table.change(table.Update(key=keys.tenant_usage(schools.academy.tenant_id), add={_month(schools): by}))


def plan(schools: Schools) -> int:
    """How many bookings are counted for the academy's plan this month."""
    usage = table.get(keys.tenant_usage(schools.academy.tenant_id)) or {}
    return int(usage.get(_month(schools), 0))


def without_key(row: table.Item) -> table.Item:
    return {name: value for name, value in row.items() if name not in ("pk", "sk")}


@contextmanager
def written() -> Iterator[list[str]]:
    """The sort keys of all rows but messages that are written meanwhile."""
    seen = list[str]()

    def note(params: dict[str, Any], **_: Any) -> None:
        for action in params.get("TransactItems", [{"Update": params}]):
            ((_, request),) = action.items()
            key = request.get("Key") or request["Item"]
            if key["sk"] != {"S": "MESSAGE"}:
                seen.append(key["sk"]["S"])

    of = "provide-client-params.dynamodb"
    with hooked(f"{of}.UpdateItem", note), hooked(f"{of}.TransactWriteItems", note):
        yield seen


def claims(place: Place) -> dict[str, str]:
    """Each booking's claim, as it is written, but for its stamp."""
    found = said(table.get(_key(place)) or {})
    return {name.removeprefix(seats.CLAIM): value for name, value in found.items() if name.startswith(seats.CLAIM)}


def _key(place: Place) -> keys.Key:
    return keys.occurrence(place.tenant_id, place.workshop_id, place.starts_at)


def _month(schools: Schools) -> str:
    names = (name for name in table.get(keys.tenant_usage(schools.academy.tenant_id)) or {})
    return next((name for name in names if name.startswith("bookings_")), "bookings_2026-12")
