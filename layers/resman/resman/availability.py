"""The Calendar Availability Service: what can be booked on a day, from ResMan and our own claims.

What ResMan holds is asked at most once a minute for each property and day; our own claims are read every time.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NoReturn

from kernel import clock
from kernel.errors import InvalidInput, ResmanUnavailable
from resman import failures, store
from resman.client import client
from resman.diary import Day, HeldAppointment, earliest_start
from resman.mapping import map_resman_status_to_chatbot
from resman.model import Tour, TourStatus
from resman.port import Appointment, Schedule
from resman.property import Property, TourType
from resman.schemas import AvailabilityRequest, AvailabilityResponse, Slot
from resman.store import ResmanDay

FRESH = timedelta(seconds=60)
OCCUPYING = (TourStatus.CONFIRMED, None)
"""An appointment whose status we do not know takes its time too: better one slot less than one too many."""


def get_availability(request: AvailabilityRequest, property: Property) -> AvailabilityResponse:
    """The free starts of a day; when there are none, the next day that has some."""
    now = clock.now()
    check_offered(property, request.tour_type)
    if request.date < property.local(now).date():
        raise InvalidInput.field("date", f"lies in the past; it is {property.local(now):%Y-%m-%d} at {property.name}")
    told, stale = ask_resman(property, request.date) if property.openings(request.date) else (None, False)
    free = list(_slots(_day(property, request.date, told), request.tour_type, now))
    answer = AvailabilityResponse(available_slots=free)
    if not free and (following := next_available_date(property, request.date, request.tour_type, told)):
        answer.next_available_date = following.isoformat()
    if stale:
        answer.stale = True
    return answer


def check_offered(property: Property, tour_type: TourType) -> None:
    if tour_type not in property.offers:
        offered = ", ".join(property.offers)
        raise InvalidInput.field("tour_type", f"{tour_type} is not offered at {property.name}; choose one of {offered}")


def ask_resman(property: Property, day: date) -> tuple[ResmanDay, bool]:
    """What ResMan holds on a day, from the cache while fresh; and whether it is old because ResMan is down."""
    cached = store.load_resman_day(property, day)
    if cached and cached.dropped_at is None and clock.now() - cached.asked_at < FRESH:
        return cached, False
    try:
        return fetch_from_resman(property, day), False
    except ResmanUnavailable as error:
        return failures.handle_availability_error(error, cached), True


def ask_for_booking(property: Property, starts_at: datetime) -> tuple[ResmanDay | None, bool]:
    """What ResMan holds that day, and whether it answers: a booking trusts the cache only where it cannot be asked."""
    day = property.local(starts_at).date()
    try:
        return fetch_from_resman(property, day), True
    except ResmanUnavailable:
        return store.load_resman_day(property, day), False


def refuse(
    property: Property, wanted: datetime, tour_type: TourType, told: ResmanDay | None, *, held_by: Tour | None = None
) -> NoReturn:
    """The slot is taken: say so with other times of that day, or the next day that has some."""
    free = alternatives(property, wanted, tour_type, told)
    date = property.local(wanted).date()
    following = None if free else next_available_date(property, date, tour_type, told)
    failures.handle_booking_error(property, wanted, free, following, held_by=held_by)


def fetch_from_resman(property: Property, day: date) -> ResmanDay:
    """Ask ResMan itself, and keep the answer for those who ask next."""
    asked_at = clock.now()
    told = resman_day(client().fetch_availability(property), property, day, asked_at)
    cache_availability(property, day, told)
    return told


def cache_availability(property: Property, day: date, told: ResmanDay) -> None:
    store.keep_resman_day(property, day, told)


def invalidate_cache(property: Property, day: date) -> None:
    """Make the next reader of this day ask ResMan again (INV-35)."""
    store.commit(store.drop_resman_day(property, day))


def resman_day(schedule: Schedule, property: Property, day: date, asked_at: datetime) -> ResmanDay:
    return ResmanDay(
        held=tuple(
            HeldAppointment(appointment.employee_id, appointment.starts_at, appointment.tour_id)
            for appointment in schedule.appointments
            if property.local(appointment.starts_at).date() == day and _takes_time(appointment)
        ),
        employees=frozenset(employee.id for employee in schedule.employees),
        schedule=schedule,
        asked_at=asked_at,
    )


def day_for(property: Property, day: date, told: ResmanDay | None, own: Tour | None = None) -> Day:
    """The day as a booking must see it: our claims as they are now, and `own`'s time as free."""
    return _day(property, day, told, own.id if own else None)


def alternatives(property: Property, near: datetime, tour_type: TourType, told: ResmanDay | None) -> list[datetime]:
    """Up to five free starts of that day, the nearest first."""
    day = property.local(near).date()
    free = day_for(property, day, told).free_starts(tour_type, earliest_start(property, clock.now()))
    return sorted((start for start, _ in free), key=lambda start: abs(start - near))[:5]


def next_available_date(property: Property, after: date, tour_type: TourType, told: ResmanDay | None) -> date | None:
    """The first later day with a free start; None if there is none to book yet, or ResMan cannot be asked."""
    now = clock.now()
    schedule = told.schedule if told and told.schedule else _whole_schedule(property)
    if schedule is None:
        return None
    for days in range(1, property.booking_horizon_days + 1):
        day = after + timedelta(days=days)
        if day > property.local(now).date() + timedelta(days=property.booking_horizon_days):
            return None
        if property.openings(day) and _has_free_start(property, day, tour_type, schedule, now):
            return day
    return None


def _whole_schedule(property: Property) -> Schedule | None:
    try:
        return client().fetch_availability(property)
    except ResmanUnavailable:
        return None


def _has_free_start(property: Property, day: date, tour_type: TourType, schedule: Schedule, now: datetime) -> bool:
    view = _day(property, day, resman_day(schedule, property, day, now))
    return any(view.free_starts(tour_type, earliest_start(property, now)))


def _slots(day: Day, tour_type: TourType, now: datetime) -> Iterator[Slot]:
    property = day.property
    names = {member.id: member.name for member in property.staff}
    latest = now + timedelta(days=property.booking_horizon_days)
    for start, lane in day.free_starts(tour_type, earliest_start(property, now)):
        if start <= latest:
            yield Slot(
                time=f"{property.local(start):%H:%M}",
                staff_member=names.get(lane, "Self-guided"),
                duration=property.offers[tour_type].duration_minutes,
            )


def _day(property: Property, day: date, told: ResmanDay | None, own: str | None = None) -> Day:
    return Day(
        property=property,
        date=day,
        claims=store.claims_of(property, day),
        appointments=told.held if told else (),
        employees=told.employees if told else None,
        own=own,
    )


def _takes_time(appointment: Appointment) -> bool:
    return map_resman_status_to_chatbot(appointment.status) in OCCUPYING
