"""What is to come of workshops, and how full it is: for a whole page of them in few reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice

from immersio.schedule import store as schedule_store
from immersio.schedule.model import Schedule, first_schedules
from immersio.seat import store as seats
from immersio.seat.model import Place
from immersio.tenant import store as tenants
from immersio.workshop.model import Occurrence, Workshop
from immersio.workshop.occurrences import occurrences
from kernel.errors import TenantNotFound

WIDER = 4
"""So many times as many classes are looked at where all that were looked at were called off."""


@dataclass(frozen=True, slots=True)
class Coming:
    """An occurrence to come."""

    occurrence: Occurrence
    taken: int
    is_waited_for: bool = False

    def free(self, seats: int) -> int:
        """What anybody may book now: while somebody waits, what is free is theirs (INV-06: never below 0)."""
        return 0 if self.is_waited_for else max(0, seats - self.taken)


def outlooks(
    tenant_id: int, workshops: Sequence[Workshop], schedules: Mapping[int, Schedule], now: datetime, each: int
) -> dict[int, list[Coming]]:
    """The next occurrences of every workshop, by its id; `schedules` are what they go by.

    One that was called off is left out, and those after it are looked at instead: more of them each time, so that a
    year of classes that were called off is passed over in a few reads.
    """
    to_come = {one.id: occurrences(one.rule(schedules[one.id]), now=now) for one in workshops}
    coming: dict[int, list[Coming]] = {one.id: [] for one in workshops}
    for stride in (WIDER**read for read in count()):
        places = [
            (Place(tenant_id, of, one.starts_at), one)
            for of, found in coming.items()
            if len(found) < each
            for one in islice(to_come[of], max(stride, each - len(found)))
        ]
        if not places:
            break
        occupancies = seats.load_occupancies(place for place, _ in places)
        for place, one in places:
            if (found := occupancies[place]).called_off_at is None:
                coming[place.workshop_id].append(Coming(one, found.seated(now), found.waiting is not None))
    return {of: found[:each] for of, found in coming.items()}


def schedules_of(tenant_id: int, workshops: Sequence[Workshop]) -> dict[int, Schedule]:
    """The schedule that each goes by, by its id; one that is gone is replaced by the teacher's default.

    A series needs none but its own zone.
    """
    series = {one.id: Schedule(time_zone=one.time_zone) for one in workshops if one.is_series}
    used = {one.id: (one.teacher_id, one.schedule_id) for one in workshops if not one.is_series}
    found = schedule_store.load_used(tenant_id, used.values())
    usual = _first_schedule(tenant_id) if used.values() - found.keys() else None
    lasting = {workshop_id: found.get(one, usual) for workshop_id, one in used.items()}
    return series | {workshop_id: schedule for workshop_id, schedule in lasting.items() if schedule}


def _first_schedule(tenant_id: int) -> Schedule:
    tenant = tenants.load_tenant(tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return first_schedules(tenant.id, 0, tenant.time_zone).kept[0]
