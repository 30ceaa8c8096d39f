"""Immersio's sandbox for tests: its other doors, and what it tells our platform."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests

from immersio.access.model import Role
from immersio.integration.transport import Patience
from kernel import settings
from local.sandboxes import immersio
from local.sandboxes.immersio import Organization
from tests.support.schools import School, Schools, result
from tests.support.sink import OnDemand, Served
from tests.support.world import IMMERSIO, Reply

CONNECT = "immersio.integration.connect"
ACADEMY, STUDIO = immersio.LANGUAGE_ACADEMY, immersio.MUSIC_STUDIO
KEYS = immersio.DEMO_KEYS
COURSE = "course_abc123"
"""Business English Level 2, of the academy: student_456 and student_457 are enrolled."""
OTHER_COURSE = "course_mus001"
"""Of the studio."""
QUICK = Patience(
    connect_seconds=10, read_seconds=2, total_seconds=5, first_pause_seconds=0.01, longest_pause_seconds=0.05
)
"""As in production, with shorter pauses: what it waits for comes at once, unless the machine is busy."""


@dataclass(frozen=True)
class Told:
    """An event as Immersio sends it: hand body and headers to the webhook's function."""

    event: str
    data: dict[str, Any]
    webhook_id: str
    body: str
    headers: dict[str, str]


def serve(organizations: Iterable[Organization] | None = None) -> Served:
    """Its events are kept: a test hands them over itself, in the order it wants."""
    secrets = IMMERSIO["webhook_secret"], IMMERSIO["sign_on_secret"]
    make = partial(immersio.create_app, organizations, webhook_secret=secrets[0], sign_on_secret=secrets[1])
    return Served(OnDemand(make))


class Immersio:
    """The sandbox that our functions are told of."""

    @property
    def url(self) -> str:
        return settings.get("IMMERSIO_BASE_URL")

    @property
    def state(self) -> dict[str, dict[str, Any]]:
        """The organisations, by their ids."""
        held = requests.get(f"{self.url}/_state", timeout=60).json()["organizations"]
        return {each["id"]: each for each in held}

    def enrol(self, course_id: str, email: str, **fields: Any) -> Told:
        return self._happens("/_enrol", courseId=course_id, email=email, **fields)

    def unenrol(self, course_id: str, **who: Any) -> Told:
        """`email` or `studentId`."""
        return self._happens("/_unenrol", courseId=course_id, **who)

    def course(self, course_id: str, **fields: Any) -> Told:
        """`name`, `description`, `status`; with `orgId` it is created."""
        return self._happens("/_course", courseId=course_id, **fields)

    def student(self, student_id: str, **fields: Any) -> Told:
        return self._happens("/_student", studentId=student_id, **fields)

    def quietly(self, path: str, /, **fields: Any) -> None:
        """The same without an event, as if it were lost."""
        self.control(path, silent=True, **fields)

    def token(self, **fields: Any) -> str:
        """A signed sign-on token; see `local.sandboxes.immersio_sign_on`."""
        signed: str = self.control("/_token", **fields)["token"]
        return signed

    def rotate_keys(self, *, keep: bool = True) -> None:
        self.control("/_rotate_keys", keep=keep)

    def limit(self, requests_per_minute: int | None) -> None:
        self.control("/_limit", requestsPerMinute=requests_per_minute)

    def fail(self, **fault: Any) -> None:
        self.control("/_faults", **fault)

    def mend(self) -> None:
        requests.delete(f"{self.url}/_faults", timeout=60).raise_for_status()

    def faults(self) -> list[dict[str, Any]]:
        """Those that have not happened yet."""
        pending: list[dict[str, Any]] = requests.get(f"{self.url}/_faults", timeout=60).json()["faults"]
        return pending

    def control(self, path: str, /, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}{path}", json=body, timeout=60)
        assert answer.ok, answer.text
        return dict(answer.json())

    def _happens(self, path: str, /, **fields: Any) -> Told:
        told = self.control(path, **fields)
        sent = told["delivery"]
        return Told(told["event"], told["data"], sent["webhookId"], sent["body"], sent["headers"])


def connect(schools: Schools, school: School | None = None, **fields: Any) -> int:
    """The academy, or another school, is connected to its organisation; the number of its connection."""
    answer = result(ask_to_connect(schools, school, **fields))
    assert answer["success"] is True, answer
    number: int = answer["integrationId"]
    return number


def ask_to_connect(schools: Schools, school: School | None = None, *, role: Role = Role.OWNER, **fields: Any) -> Reply:
    """The procedure's answer; fields change what is sent."""
    school = school or schools.academy
    sent = {"immersioOrgId": school.org_id, "apiKey": KEYS.get(school.org_id, "unknown"), **fields}
    return schools.call(CONNECT, school.cookie(role), sent=sent)
