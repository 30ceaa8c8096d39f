"""Queue immersio-sync: what its messages about courses oblige us to do, by their kind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from immersio.course import courses, duties, rosters, store, telling
from immersio.course.following import Turn
from immersio.course.model import Enrolment, KnownCourse
from immersio.course.settling import Overtaken, settle
from immersio.course.tidying import tidy
from immersio.integration import client
from immersio.integration import store as integrations
from immersio.integration.model import Integration
from kernel import clock, outbox
from kernel.outbox import Message
from kernel.telemetry import logger

TIME = timedelta(seconds=15)
"""For one message; what is left is another's."""
PAGE = 50
"""Where many workshops follow a course, each student is a transaction; the clock is looked at in between."""


def read_roster(message: Message) -> None:
    """Read a course's roster; a school without a connection, or without such a course, has none."""
    tenant_id, pull = int(message.tenant), duties.pull_of(message)
    integration = integrations.load_integration(tenant_id)
    if integration is None or not _is_known(integration, pull.course_id):
        logger.warning("a roster that cannot be read", extra={"tenant_id": tenant_id, "course_id": pull.course_id})
        return
    read = rosters.advance(integration, pull, clock.now() + TIME)
    if not read.is_done:
        store.commit(outbox.put(duties.read_roster(tenant_id, read)))
        return
    told = {"course_id": read.course_id, "processed": read.processed, "failed": read.failed, "errors": read.errors}
    logger.info("a roster was read", extra={"tenant_id": tenant_id, **told})


def end_course(message: Message) -> None:
    """Take everybody off who was enrolled in a course until its end; who is told to be enrolled later, stays."""
    tenant_id, (course_id, at) = int(message.tenant), duties.end_of(message)
    until = clock.now() + TIME

    def load() -> KnownCourse:
        course = store.load_course(tenant_id, course_id)
        if course is None or course.is_read_after(at):
            raise Overtaken
        return course

    def decide(course: KnownCourse, student_id: str, row: Enrolment | None) -> Turn | None:
        return Turn(row, telling.missed(row, at)) if row else None

    try:
        after: str | None = None
        while left := _enrolled_until(tenant_id, course_id, at, after):
            settle(load, left, decide)
            after = left[-1]  # nobody before that is enrolled any more: a large course is not read from its start again
            if clock.now() >= until:
                store.commit(outbox.put(duties.end_course(tenant_id, course_id, at)))
                return
    except Overtaken:  # its roster was read since, or it has ended once more
        return


def tidy_whitelist(message: Message) -> None:
    tidy(int(message.tenant), duties.workshop_of(message))


DUTIES: dict[str, Callable[[Message], None]] = {
    duties.ROSTER: read_roster,
    duties.COURSE_ENDED: end_course,
    duties.TIDY: tidy_whitelist,
}
"""Each may be done twice, and does nothing the second time."""


def _is_known(integration: Integration, course_id: str) -> bool:
    if store.load_course(integration.tenant_id, course_id):
        return True
    at = clock.now()
    course = client.course(integration, course_id)
    if course is None:
        return False
    courses.take(integration.tenant_id, course, at)
    return True


def _enrolled_until(tenant_id: int, course_id: str, at: datetime, after: str | None) -> list[str]:
    rows = (one for one in store.enrolled(tenant_id, course_id, after) if one.as_of <= at)
    return [one.student_id for one in islice(rows, PAGE)]
