"""A workshop goes with one of Immersio's courses, and whoever is enrolled there may book it."""

from contextlib import suppress
from datetime import datetime, timedelta

from immersio.access.callers import Member
from immersio.course import courses, duties, rosters, store
from immersio.course.duties import RosterPull
from immersio.course.schemas import MapCourseInput, MappedCourse
from immersio.integration import client
from immersio.integration.model import Integration
from immersio.integration.service import connected
from immersio.workshop import service as workshops
from immersio.workshop.access import own_workshop
from immersio.workshop.model import Workshop
from kernel import clock, outbox
from kernel.errors import ImmersioUnavailable, NotFound

PATIENCE = timedelta(seconds=12)
"""So long the roster is read while somebody waits; the rest is a message's."""


def map_course(caller: Member, input: MapCourseInput) -> MappedCourse:
    """Which course it is, Immersio is asked; that the roster is read is owed with the mapping, and done at once."""
    own_workshop(caller, input.workshop_id)
    integration, at = connected(caller.tenant_id), clock.now()
    course = client.course(integration, input.immersio_course_id)
    if course is None:
        raise NotFound("immersioCourseId: your organisation has no such course at Immersio; compare the id there")
    courses.take(caller.tenant_id, course, at)
    workshop = workshops.map_workshop(caller, input.workshop_id, course.id, sync_students=input.sync_students)
    return MappedCourse(
        mapping_id=workshop.mapping_id or 0,
        course_name=course.name,
        student_count=course.student_count,
        whitelist_updated=_is_read(integration, workshop, at + PATIENCE),
    )


def _is_read(integration: Integration, workshop: Workshop, until: datetime) -> bool:
    if workshop.followed_course is None:
        return False
    pull = RosterPull(course_id=workshop.followed_course)
    with suppress(ImmersioUnavailable):
        pull = rosters.advance(integration, pull, until)
    if not pull.is_done:
        store.commit(outbox.put(duties.read_roster(workshop.tenant_id, pull)))
    return pull.is_done and not pull.is_overtaken
