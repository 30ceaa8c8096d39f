"""The first phase: Immersio's list of courses, page by page, and what is new in it."""

from collections.abc import Sequence
from datetime import datetime

from immersio.course.model import Course
from immersio.integration import client
from immersio.integration.client import Unreadable
from immersio.integration.model import Integration
from immersio.sync import courses, store
from immersio.sync.model import Failure, Phase, Sync
from kernel.errors import ImmersioUnavailable, TemporarilyUnavailable

TRIES = 5
OF_ANOTHER_SCHOOL = "belongs to another school here"
STRIDE = 100
"""So many courses that we know are left out with a page that cannot be read."""


def read(integration: Integration, sync: Sync) -> Sync:
    """One page. What is written in one commit is at the end of it in any case, so the sync may end anywhere."""
    page = client.courses(integration, after=sync.after, since=sync.since)
    if sync.is_full and sync.after is None and not page.items:
        _check_there_are_none(integration)
    sync = sync.model_copy(update={"as_of": sync.as_of or page.as_of})
    pieces = _pieces(page.items)
    told: str | None = None
    for piece in pieces[:-1]:
        end = piece[-1].id
        sync = _kept(sync, piece, page.as_of, _between(page.unreadable, told, end), sync.went_on(after=end))
        told = end
    rest = _between(page.unreadable, told, None)
    end_of_page = sync.went_on(after=page.last_id or sync.after) if page.has_more else behind(sync).went_on()
    return _kept(sync, pieces[-1], page.as_of, rest, end_of_page)


def _check_there_are_none(integration: Integration) -> None:
    """A key that may not read courses any more could be shown an empty list; nobody may be taken off for that."""
    if client.organization(integration.org_id, integration.api_key).course_count:
        raise ImmersioUnavailable("Immersio lists no courses, though it counts some; nothing was changed")


def behind(sync: Sync) -> Sync:
    """After the list, in a full sync that knows all of it, comes what was not on it."""
    following = Phase.MISSING if sync.is_full and sync.is_whole else Phase.ROSTERS
    return sync.model_copy(update={"phase": following, "after": None})


def passed_over(sync: Sync) -> tuple[str, Sync]:
    """Without a page we do not know where the next begins; but a course that we know, further on, is as good."""
    known = courses.ids_after(sync.tenant_id, sync.after, STRIDE)
    incomplete = sync.model_copy(update={"is_whole": False})
    further = incomplete.model_copy(update={"after": known[-1]}) if known else behind(incomplete)
    return sync.after or "", further


def _kept(
    before: Sync, piece: Sequence[Course], as_of: datetime, unreadable: Sequence[Unreadable], after: Sync
) -> Sync:
    failures = [Failure(course_id=each.id, error=each.error) for each in unreadable]
    own = piece
    for _ in range(TRIES):
        kept = courses.keep(before.tenant_id, own, as_of, is_full=before.is_full)
        counted = after.model_copy(
            update={
                "courses_found": before.courses_found + len(piece),
                "courses_created": before.courses_created + kept.created,
                "courses_updated": before.courses_updated + kept.updated,
            }
        )
        try:
            return store.save(before, counted.with_errors(*failures), *kept.actions)
        except store.ConditionFailed:  # an event told of one of them in the same moment, or one is not the school's
            others = courses.of_others(before.tenant_id, own)
            failures += [Failure(course_id=course_id, error=OF_ANOTHER_SCHOOL) for course_id in sorted(others)]
            own = [course for course in own if course.id not in others]
    raise TemporarilyUnavailable("The courses were changed again and again while they were read; it is tried again")


def _pieces(listed: Sequence[Course]) -> list[Sequence[Course]]:
    """As many as go into one commit; at least one, for an empty page ends the list too."""
    return [listed[start : start + courses.AT_ONCE] for start in range(0, max(len(listed), 1), courses.AT_ONCE)]


def _between(unreadable: Sequence[Unreadable], after: str | None, end: str | None) -> list[Unreadable]:
    """Those that stand in one piece of a page; what has no id is at the beginning of it."""
    return [each for each in unreadable if (after is None or each.id > after) and (end is None or each.id <= end)]
