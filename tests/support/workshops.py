"""Workshops of the academy, made and asked for through their real procedures, and seats that are taken in them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from immersio.access.model import Role
from immersio.booking.claiming import claim_seat
from immersio.seat import store as seats
from immersio.seat.model import Claim, Hold, Place, Wish
from immersio.workshop import store
from immersio.workshop.model import Workshop
from kernel import clock, ids
from tests.support.schools import Schools, result
from tests.support.world import Reply

WORKSHOP = "immersio.workshop"


def ask(schools: Schools, verb: str, sent: Any, role: Role = Role.OWNER) -> Reply:
    """The answer to somebody of the academy."""
    return schools.call(f"{WORKSHOP}.{verb}", schools.academy.cookie(role), sent=sent)


def wish(schools: Schools, **changes: Any) -> dict[str, Any]:
    """The input of `create`: eight classes, an hour each, from tomorrow on; a field that is None is left out."""
    usual = {
        "title": "Business English Workshop",
        "duration": 60,
        "price": 1500,
        "seats": 8,
        "locations": [{"type": "zoom", "link": "https://zoom.us/j/123456"}],
        "recurrence": {"frequency": "weekly", "count": 8},
        "startsAt": tomorrow(),
        "teacherId": teacher_id(schools),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def create(schools: Schools, role: Role = Role.OWNER, **changes: Any) -> dict[str, Any]:
    """What `create` told: id, slug and the rest."""
    made: dict[str, Any] = result(ask(schools, "create", wish(schools, **changes), role))
    return made


def get(schools: Schools, workshop_id: int, role: Role = Role.OWNER) -> dict[str, Any]:
    found: dict[str, Any] = result(ask(schools, "get", {"id": workshop_id}, role))
    return found


def update(schools: Schools, workshop_id: int, role: Role = Role.OWNER, **changes: Any) -> dict[str, Any]:
    changed: dict[str, Any] = result(ask(schools, "update", {"id": workshop_id, **changes}, role))
    return changed


def listed(schools: Schools, role: Role = Role.OWNER, **filters: Any) -> dict[str, Any]:
    page: dict[str, Any] = result(ask(schools, "list", filters, role))
    return page


def teacher_id(schools: Schools, role: Role = Role.MEMBER) -> int:
    return int(schools.academy.users[role]["id"])


def tomorrow(hour: int = 17) -> datetime:
    """In the academy's zone: weeks that are added keep the hour, as those of a series do, also over a clock change."""
    today = clock.now().astimezone(ZoneInfo("Europe/Berlin")).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def stored(schools: Schools, workshop_id: int) -> Workshop:
    workshop = store.load_workshop(schools.academy.tenant_id, workshop_id)
    assert workshop
    return workshop


def take_seats(schools: Schools, workshop_id: int, starts_at: datetime, number: int = 1) -> None:
    """As bookings do."""
    for _ in range(number):
        claim(stored(schools, workshop_id), starts_at)


def claim(workshop: Workshop, starts_at: datetime) -> None:
    """Take a seat for good, as one does who has read the workshop so; fails where there is none any more."""
    uid = ids.new("booking")
    claim_seat(workshop, starts_at, Wish(uid, f"{uid}@example.com"))
    place = Place(workshop.tenant_id, workshop.id, starts_at)
    seats.turn(place, uid, seats.load_occupancy(place).claims[uid], Claim(Hold.SOLD))
