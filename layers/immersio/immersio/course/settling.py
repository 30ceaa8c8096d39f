"""Changes of a course's roster that are too many for one transaction: settled a few students at a time."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from immersio.course import following, store
from immersio.course.following import Turn
from immersio.course.model import Enrolment, KnownCourse
from kernel.errors import TemporarilyUnavailable

AT_ONCE = 48
"""Students who are looked at together: mostly nothing is new, and each look reads all lists that follow."""
TRIES = 10
"""Events of the same students, or a replaced whitelist, get in the way of one try."""

Decide = Callable[[KnownCourse, str, Enrolment | None], Turn | None]
"""What is to become of a student, by what is known of them now."""


class Overtaken(Exception):
    """Something newer is known of the whole roster."""


def settle(load: Callable[[], KnownCourse], student_ids: Sequence[str], decide: Decide) -> None:
    """Decide on these students and write it, on their rows and on all lists, again where it was not so any more.

    `load` gives the course, or raises `Overtaken`; it is asked before every try.
    """
    left = list(student_ids)
    while left:
        some = left[:AT_ONCE]
        _settle(load, some, decide)
        left = left[len(some) :]


def _settle(load: Callable[[], KnownCourse], student_ids: Sequence[str], decide: Decide) -> None:
    for _ in range(TRIES):
        course = load()
        actions = following.turned(course, _decided(course, student_ids, decide))
        if len(actions) > store.MOST_ACTIONS:
            size = min(following.most_at_once(course), len(student_ids) // 2)
            for first in range(0, len(student_ids), size):
                _settle(load, student_ids[first : first + size], decide)
            return
        if not actions:
            return
        with suppress(store.ConditionFailed):
            store.commit(*actions)
            return
    raise TemporarilyUnavailable("This roster is being changed elsewhere; try again", retry_after_seconds=1)


def _decided(course: KnownCourse, student_ids: Sequence[str], decide: Decide) -> list[Turn]:
    known = store.load_enrolments(course.tenant_id, course.id, student_ids)
    turns = (decide(course, student_id, known.get(student_id)) for student_id in student_ids)
    return [turn for turn in turns if turn]
