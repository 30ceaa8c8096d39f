"""What the academy's staff does about bookings, through the real procedures."""

from datetime import UTC, datetime
from typing import Any

from immersio.access.model import Role
from tests.support.schools import School, Schools, result
from tests.support.workshops import tomorrow
from tests.support.world import Reply

LIST, CANCEL, CALL_OFF = (f"immersio.booking.{verb}" for verb in ("list", "cancel", "cancelOccurrence"))


def ask_for(schools: Schools, role: Role = Role.OWNER, school: School | None = None, **sent: Any) -> Reply:
    return schools.call(LIST, (school or schools.academy).cookie(role), sent=sent)


def listed(schools: Schools, role: Role = Role.OWNER, school: School | None = None, **sent: Any) -> Any:
    return result(ask_for(schools, role, school, **sent))


def uids(page: Any) -> list[str]:
    return [booking["uid"] for booking in page["bookings"]]


def cancel(schools: Schools, uid: str, role: Role = Role.MEMBER, **sent: Any) -> Reply:
    return schools.call(CANCEL, schools.academy.cookie(role), sent={"uid": uid, **sent})


def call_off(
    schools: Schools, workshop_id: int, at: datetime | None = None, role: Role = Role.MEMBER, **sent: Any
) -> Reply:
    """The first class, or another."""
    named = {"workshopId": workshop_id, "startTime": (at or tomorrow()).astimezone(UTC)}
    return schools.call(CALL_OFF, schools.academy.cookie(role), sent={**named, **sent})
