"""Hours as Cal.com's forms send and show them, and calls about them."""

from datetime import UTC, datetime
from typing import Any

from immersio.access.model import Role
from tests.support.schools import Schools, result
from tests.support.world import Reply

AVAILABILITY = "viewer.availability"
SCHEDULE = f"{AVAILABILITY}.schedule"
MEMBER = Role.MEMBER
EVENINGS = [{"days": [1, 3], "startTime": "18:00", "endTime": "21:30"}]


def at(clock: str, day: str = "1970-01-01") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)


def hours(start: str, end: str, day: str = "2026-12-01") -> dict[str, datetime]:
    return {"start": at(start, day), "end": at(end, day)}


def week(*monday: dict[str, datetime]) -> list[list[dict[str, datetime]]]:
    """A week with hours on Monday only."""
    return [[], list(monday), [], [], [], [], []]


def ask(schools: Schools, verb: str, sent: Any, role: Role = MEMBER) -> Reply:
    return schools.call(f"{SCHEDULE}.{verb}", schools.academy.cookie(role), sent=sent)


def get(schools: Schools, schedule_id: int | None = None, role: Role = MEMBER) -> Any:
    return result(ask(schools, "get", {} if schedule_id is None else {"scheduleId": schedule_id}, role))


def update(schools: Schools, schedule_id: int, role: Role = MEMBER, **fields: Any) -> Any:
    return result(ask(schools, "update", {"scheduleId": schedule_id, **fields}, role))


def create(schools: Schools, role: Role = MEMBER, **fields: Any) -> int:
    """The id of one more schedule."""
    return int(result(ask(schools, "create", {"name": "Evenings", **fields}, role))["schedule"]["id"])


def listed(schools: Schools, role: Role = MEMBER) -> list[dict[str, Any]]:
    answer = result(schools.call(f"{AVAILABILITY}.list", schools.academy.cookie(role)))
    return list(answer["schedules"])


def first_id(schools: Schools, role: Role = MEMBER) -> int:
    return int(schools.academy.users[role]["id"])


def hours_of(rows: list[dict[str, Any]]) -> list[tuple[list[int], str, str]]:
    """`([1, 3], "18:00", "21:30")` for every row of an availability."""
    return [(row["days"], f"{row['startTime']:%H:%M}", f"{row['endTime']:%H:%M}") for row in rows]
