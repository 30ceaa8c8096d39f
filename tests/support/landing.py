"""A school's landing page, through its own procedures."""

from typing import Any

from immersio.access.model import Role
from tests.support.schools import School, Schools, result
from tests.support.world import Reply


def settings(schools: Schools, school: School | None = None, role: Role = Role.OWNER) -> dict[str, Any]:
    told: dict[str, Any] = result(ask(schools, "getSettings", {}, school, role))
    return told


def update(schools: Schools, *, school: School | None = None, role: Role = Role.OWNER, **sent: Any) -> Reply:
    return ask(schools, "updateSettings", sent, school, role)


def publish(schools: Schools, school: School | None = None, role: Role = Role.OWNER) -> Reply:
    return ask(schools, "publish", {}, school, role)


def ask(schools: Schools, procedure: str, sent: Any, school: School | None, role: Role) -> Reply:
    return schools.call(f"immersio.landing.{procedure}", (school or schools.academy).cookie(role), sent=sent)
