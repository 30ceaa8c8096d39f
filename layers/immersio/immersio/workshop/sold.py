"""What may no longer be changed about a workshop because seats of its classes to come are taken.

`seats` cannot go below what is taken (INV-06). A class that is booked keeps its length, and it stays a class: other
times are fine as long as every booked one is among them. Who teaches may change, for somebody may fall ill.
"""

from collections.abc import Sequence

from immersio.workshop.holds import Taken
from immersio.workshop.model import Rule, Workshop
from immersio.workshop.occurrences import is_occurrence
from immersio.workshop.outlook import schedules_of
from kernel import clock
from kernel.errors import Conflict


def matters(before: Workshop, after: Workshop) -> bool:
    """Whether a change could take away what somebody has booked."""
    return after.seats < before.seats or after.timetable != before.timetable


def check(before: Workshop, after: Workshop, coming: Sequence[Taken]) -> None:
    booked = [one for one in coming if one.seats > 0]
    if booked:
        _check_seats(after, booked)
        _check_length(before, after, booked)
        _check_times(before, after, booked)


def _check_seats(after: Workshop, booked: Sequence[Taken]) -> None:
    fullest = max(booked, key=lambda one: one.seats)
    if after.seats < fullest.seats:
        when = clock.iso(fullest.starts_at)
        message = f"seats: {fullest.seats} are taken of the class of {when}, so there cannot be only {after.seats}"
        raise Conflict(message, {"seats": after.seats, "taken": fullest.seats, "startTime": when})


def _check_length(before: Workshop, after: Workshop, booked: Sequence[Taken]) -> None:
    if after.duration != before.duration:
        raise Conflict(f"duration: {_named(booked)} must stay as long as when it was booked", _details(booked))


def _check_times(before: Workshop, after: Workshop, booked: Sequence[Taken]) -> None:
    if after.timetable == before.timetable:
        return
    rule, was = _rule(after), _rule(before)
    lost = [one for one in booked if is_occurrence(was, one.starts_at) and not is_occurrence(rule, one.starts_at)]
    if lost:
        message = f"{_named(lost)} would no longer take place; cancel the bookings first, or choose times that keep it"
        raise Conflict(message, _details(lost))


def _rule(workshop: Workshop) -> Rule:
    return workshop.rule(schedules_of(workshop.tenant_id, [workshop])[workshop.id])


def _named(booked: Sequence[Taken]) -> str:
    others = f" (and {len(booked) - 1} more)" if len(booked) > 1 else ""
    return f"the booked class of {clock.iso(booked[0].starts_at)}{others}"


def _details(booked: Sequence[Taken]) -> dict[str, object]:
    return {"booked": [{"startTime": clock.iso(one.starts_at), "taken": one.seats} for one in booked[:100]]}
