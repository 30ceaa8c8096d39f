"""Whitelists follow rosters: who is enrolled in a course may book the workshops that follow it.

An address that somebody listed by hand is left alone. Of several students with one address the entry stays as long as
one of them is enrolled; that is looked up in an index, which shows an enrolment a moment late, so the next reading of
the whole roster puts right what is missed there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from immersio.course import store
from immersio.course.model import Enrolment, KnownCourse, written_address
from immersio.whitelist import store as lists
from immersio.whitelist.generations import current
from immersio.whitelist.model import Entry
from immersio.workshop import store as workshops
from immersio.workshop.model import Workshop


@dataclass(frozen=True)
class Turn:
    """One enrolment as it was read, and as it is to be; the same where only the lists may lack something."""

    before: Enrolment | None
    after: Enrolment

    @property
    def addresses(self) -> set[str]:
        return {one.address for one in (self.before, self.after) if one and one.address}

    @property
    def actions(self) -> list[store.Action]:
        return [] if self.before == self.after else [store.saved_enrolment(self.before, self.after)]


def turned(course: KnownCourse, turns: Sequence[Turn]) -> list[store.Action]:
    """All that these turns of a course's enrolments come to, its lists included; nothing if that is so already."""
    rows = [action for turn in turns for action in turn.actions]
    wanted = _wanted(turns)
    lines = [
        action
        for workshop in (workshops.followers(course.tenant_id, course.id) if wanted else [])
        for action in _followed(course, workshop, turns, wanted)
    ]
    return [*rows, *lines, store.as_read(course)] if rows or lines else []


def most_at_once(course: KnownCourse) -> int:
    """How many turns usually fit into one transaction."""
    followers = len(workshops.followers(course.tenant_id, course.id))
    return max(1, (store.MOST_ACTIONS - 1 - 3 * followers) // (1 + followers))


def _wanted(turns: Iterable[Turn]) -> dict[str, list[Enrolment]]:
    """By each address that is touched: who of these holds it afterwards."""
    held: dict[str, list[Enrolment]] = {address: [] for turn in turns for address in sorted(turn.addresses)}
    for turn in turns:
        if turn.after.address:
            held[turn.after.address].append(turn.after)
    return held


def _followed(
    course: KnownCourse, workshop: Workshop, turns: Sequence[Turn], wanted: Mapping[str, list[Enrolment]]
) -> list[store.Action]:
    generation = current(workshop.tenant_id, workshop.id)
    before = lists.find_entries(generation, wanted)
    touched = {turn.after.student_id for turn in turns}
    after = {
        address: entry
        for address, held in wanted.items()
        if (entry := _entry(course, address, before.get(address), held, touched)) != before.get(address)
    }
    if not after:
        return []
    return [*lists.turned(generation, before, after), workshops.still_follows(workshop)]


def _entry(
    course: KnownCourse, address: str, listed: Entry | None, held: Sequence[Enrolment], touched: set[str]
) -> Entry | None:
    """What the list is to say of an address."""
    if listed and listed.course_id is None:
        return listed
    if held:
        return _stays(course, listed, held) or _new(held[-1])
    if listed is None or listed.course_id != course.id or listed.immersio_student_id not in touched:
        return listed
    others = [one for one in store.holders(course.tenant_id, course.id, address) if one.student_id not in touched]
    return _new(others[0]) if others else None


def _stays(course: KnownCourse, listed: Entry | None, held: Sequence[Enrolment]) -> Entry | None:
    holders = {one.student_id for one in held}
    is_theirs = listed and listed.course_id == course.id and listed.immersio_student_id in holders
    return listed if is_theirs else None


def _new(enrolment: Enrolment) -> Entry:
    return Entry(
        email=written_address(enrolment.email) or enrolment.email,
        name=enrolment.name or None,
        immersio_student_id=enrolment.student_id,
        course_id=enrolment.course_id,
    )
