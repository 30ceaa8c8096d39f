"""A workshop and the course that its list follows."""

from immersio.course import duties
from immersio.course.duties import RosterPull
from immersio.workshop import store
from immersio.workshop.model import Workshop
from kernel import ids, outbox
from kernel.errors import Conflict

MOST_FOLLOWERS = 18
"""So that somebody who enrols comes onto the lists of all of them in one transaction."""


def mapped(after: Workshop, before: Workshop | None = None) -> Workshop:
    """The workshop with the number of its mapping, which another course makes another."""
    if after.immersio_course_id is None:
        return after.model_copy(update={"mapping_id": None})
    is_same = before and before.immersio_course_id == after.immersio_course_id
    if is_same and after.mapping_id:
        return after
    return after.model_copy(update={"mapping_id": ids.new_number()})


def owed(before: Workshop | None, after: Workshop) -> list[store.Action]:
    """Whoever is on the roster comes onto the list, and whom another roster listed goes. Refuses one too many."""
    was, course_id = before.followed_course if before else None, after.followed_course
    messages = []
    if course_id and course_id != was:
        _check_room(after, course_id)
        messages.append(duties.read_roster(after.tenant_id, RosterPull(course_id=course_id)))
    had = before.immersio_course_id if before else None
    is_again = course_id == had and was is None
    if had and (had != after.immersio_course_id or is_again):
        messages.append(duties.tidy_whitelist(after.tenant_id, after.id))
    return [outbox.put(message) for message in messages]


def _check_room(workshop: Workshop, course_id: str) -> None:
    others = [one for one in store.followers(workshop.tenant_id, course_id) if one.id != workshop.id]
    if len(others) >= MOST_FOLLOWERS:
        raise Conflict(
            f"immersioCourseId: {MOST_FOLLOWERS} workshops follow this course already, and that is as many as can; "
            "take one of them off the course, or leave this one's students to the whitelist",
            {"limit": MOST_FOLLOWERS},
        )
