"""When a tour can begin and who can give it: pure arithmetic over a property's day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from kernel.errors import InvalidInput
from resman.model import Slot, cells
from resman.property import Property, StaffMember, TourOffer, TourType

Claims = Mapping[str, Mapping[datetime, str]]
"""Per lane, which cell is taken by which tour."""


@dataclass(frozen=True)
class HeldAppointment:
    """Time that ResMan holds; `employee_id` is None where it names nobody, `tour_id` where it is not ours."""

    employee_id: str | None
    starts_at: datetime
    tour_id: str | None = None


@dataclass(frozen=True)
class Day:
    """All that decides what is free at a property on one local day. Who asks is not part of it (INV-37)."""

    property: Property
    date: date
    claims: Claims
    appointments: tuple[HeldAppointment, ...] = ()
    employees: frozenset[str] | None = None
    """Who works there according to ResMan; None where ResMan could not be asked."""
    own: str | None = field(default=None, kw_only=True)
    """A tour that is about to move: what it takes now counts as free."""

    @cached_property
    def held(self) -> tuple[HeldAppointment, ...]:
        """What ResMan holds beyond our own claims, which are the fresher word on our own tours."""
        ours = {tour for lane in self.claims.values() for tour in lane.values()} | {self.own}
        return tuple(one for one in self.appointments if one.tour_id is None or one.tour_id not in ours)

    def free_lanes(self, starts_at: datetime, tour_type: TourType) -> list[str]:
        """Lanes free at that moment, the one to ask first in front."""
        offer = self.property.offers[tour_type]
        wanted = frozenset(cells(starts_at, offer.duration_minutes + offer.buffer_minutes))
        free = [lane for lane in self._lanes(tour_type) if wanted.isdisjoint(self._taken(lane))]
        return (
            free[: max(0, len(free) - self._held_by_nobody(wanted))] if tour_type is not TourType.SELF_GUIDED else free
        )

    def free_starts(self, tour_type: TourType, not_before: datetime) -> Iterator[tuple[datetime, str]]:
        """Each start that can still be booked, with the lane it would get."""
        for starts_at in starts(self.property, self.date, tour_type):
            if starts_at >= not_before and (lanes := self.free_lanes(starts_at, tour_type)):
                yield starts_at, lanes[0]

    def _lanes(self, tour_type: TourType) -> list[str]:
        if tour_type is TourType.SELF_GUIDED:
            capacity = self.property.offers[tour_type].capacity
            return [f"self-guided-{place}" for place in range(1, capacity + 1)]
        return [member.id for member in sorted(self._staff(), key=self._preference)]

    def _staff(self) -> list[StaffMember]:
        return [member for member in self.property.staff if self.employees is None or member.id in self.employees]

    def _preference(self, member: StaffMember) -> tuple[int, int, int]:
        """Priority, then fewest tours that day, then a turn that goes round with the date."""
        names = sorted(colleague.id for colleague in self.property.staff)
        turn = (names.index(member.id) + self.date.toordinal()) % len(names)
        return member.priority, self._load(member.id), turn

    def _load(self, lane: str) -> int:
        ours = len(set(self.claims.get(lane, {}).values()) - {self.own})
        return ours + sum(appointment.employee_id == lane for appointment in self.held)

    def _taken(self, lane: str) -> set[datetime]:
        ours = {cell for cell, tour in self.claims.get(lane, {}).items() if tour != self.own}
        return ours.union(*(self._cells_of(held) for held in self.held if held.employee_id == lane))

    def _held_by_nobody(self, wanted: frozenset[datetime]) -> int:
        return sum(held.employee_id is None and not wanted.isdisjoint(self._cells_of(held)) for held in self.held)

    def _cells_of(self, held: HeldAppointment) -> Iterator[datetime]:
        """ResMan tells when an appointment starts, not how long it takes: our in-person tour is the measure."""
        offer = self.property.offers.get(TourType.IN_PERSON) or TourOffer(instructions="")
        return cells(held.starts_at, offer.duration_minutes + offer.buffer_minutes)


def starts(property: Property, day: date, tour_type: TourType) -> Iterator[datetime]:
    """Every start on a local day that leasing hours allow, in UTC; times that the clocks skip are left out."""
    duration = timedelta(minutes=property.offers[tour_type].duration_minutes)
    step = timedelta(minutes=property.slot_minutes)
    for opening in property.openings(day):
        local, closes = datetime.combine(day, opening.opens), datetime.combine(day, opening.closes)
        while local + duration <= closes:
            if not in_dst_gap(property, local):
                yield local.replace(tzinfo=property.zone).astimezone(UTC)
            local += step


def in_dst_gap(property: Property, local: datetime) -> bool:
    """True for a wall-clock time that never happens because the clocks go forward over it."""
    there = local.replace(tzinfo=property.zone)
    return there.astimezone(UTC).astimezone(property.zone).replace(tzinfo=None) != local


def slot(property: Property, tour_type: TourType, starts_at: datetime, lane: str, now: datetime) -> Slot:
    """A tour's slot as the property offers that type today."""
    offer = property.offers[tour_type]
    return Slot(
        type=tour_type,
        starts_at=starts_at,
        day=property.local(starts_at).date(),
        duration_minutes=offer.duration_minutes,
        buffer_minutes=offer.buffer_minutes,
        lane=lane,
        staff=property.staff_member(lane),
        slot_since=now,
    )


def requested_start(
    property: Property, day: date, at: time, tour_type: TourType, now: datetime, *, field: str
) -> datetime:
    """The instant a wish means, or an error that says what can be had instead. `field` names the input."""
    local = datetime.combine(day, at)
    if in_dst_gap(property, local):
        raise InvalidInput.field(
            field, f"{at:%H:%M} does not exist on {day} in {property.timezone}: the clocks go forward over it"
        )
    starts_at = local.replace(tzinfo=property.zone).astimezone(UTC)
    _check_distance(property, starts_at, now, field)
    if starts_at not in (offered := list(starts(property, day, tour_type))):
        raise InvalidInput.field(field, _what_is_offered(property, day, at, offered))
    return starts_at


def earliest_start(property: Property, now: datetime) -> datetime:
    return now + timedelta(minutes=property.minimum_notice_minutes)


def _check_distance(property: Property, starts_at: datetime, now: datetime, field: str) -> None:
    if starts_at <= now:
        raise InvalidInput.field(field, "lies in the past; choose a time to come")
    if starts_at < earliest_start(property, now):
        raise InvalidInput.field(
            field, f"must be at least {property.minimum_notice_minutes} minutes from now, so that somebody can be there"
        )
    if starts_at > now + timedelta(days=property.booking_horizon_days):
        raise InvalidInput.field(field, f"must be at most {property.booking_horizon_days} days from now")


def _what_is_offered(property: Property, day: date, at: time, offered: list[datetime]) -> str:
    openings = ", ".join(f"{opening.opens:%H:%M}-{opening.closes:%H:%M}" for opening in property.openings(day))
    if not openings:
        return (
            f"{property.name} gives no tours on {day:%A}, {day}; ask GET /api/resman/tours/availability for open days"
        )
    nearest = sorted(
        offered, key=lambda start: abs(property.local(start).replace(tzinfo=None) - datetime.combine(day, at))
    )
    times = ", ".join(sorted(f"{property.local(start):%H:%M}" for start in nearest[:3]))
    return f"{at:%H:%M} is not a start on {day} (leasing hours {openings}, property's time); the nearest are {times}"
