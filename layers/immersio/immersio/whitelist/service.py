"""Who may book: lists are added to, taken from and replaced, and asked when a booking commits (INV-25)."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice

from immersio.access.callers import Member
from immersio.whitelist import leftovers, store
from immersio.whitelist.admission import numbers_until_they_repeat
from immersio.whitelist.generations import current, new_generation
from immersio.whitelist.model import Change, Entries, Entry, Generation, distinct
from immersio.whitelist.schemas import UpdatedWhitelist, UpdateWhitelistInput
from immersio.workshop.access import own_workshop
from kernel import clock
from kernel.errors import TemporarilyUnavailable

TRIES = 10
"""Only somebody who replaces the same list can be in the way, and that takes them seconds."""

Act = Callable[[Generation, Entries], list[store.Action]]


class _Replaced(Exception):
    """The list was replaced while it was being changed; what was done to the old one is gone with it."""


def update_whitelist(caller: Member, input: UpdateWhitelistInput) -> UpdatedWhitelist:
    workshop = own_workshop(caller, input.workshop_id)
    entries = [
        Entry(email=one.email, name=one.name or None, immersio_student_id=one.immersio_student_id or None)
        for one in input.emails
    ]
    update = {"add": add, "replace": replace, "remove": remove}[input.mode]
    change = update(workshop.tenant_id, workshop.id, entries)
    leftovers.clear(workshop.tenant_id, workshop.id)
    return UpdatedWhitelist(
        success=True,
        total_whitelisted=change.total,
        added=change.added,
        removed=change.removed,
        duplicates_skipped=change.skipped,
    )


def add(tenant_id: int, workshop_id: int, entries: Iterable[Entry]) -> Change:
    """Put these on the list; those that are on it stay as they are, and whom a roster put there stays for good now.

    When this returns all of them are on it, also if the list was replaced meanwhile. Until then, or after a crash,
    some may be: another try adds the rest.
    """
    wanted = distinct(entries)

    def add_to(generation: Generation) -> int:
        known = store.find_entries(generation, wanted)
        new = {email: entry for email, entry in wanted.items() if email not in known}
        of_rosters = {email: entry for email, entry in known.items() if entry.course_id}
        added = _change_each(generation, new, store.added)
        if _change_each(generation, of_rosters, store.kept) < len(of_rosters):
            added += add_to(generation)  # a roster has just taken one off
        return added

    added = _in_the_list(tenant_id, workshop_id, add_to)
    return Change(total=current(tenant_id, workshop_id).count, added=added, skipped=len(wanted) - added)


def remove(tenant_id: int, workshop_id: int, entries: Iterable[Entry]) -> Change:
    """Take these off the list; those that are not on it count nowhere."""
    wanted = distinct(entries)

    def remove_from(generation: Generation) -> int:
        known = store.listed(generation, wanted)
        old = {email: entry for email, entry in wanted.items() if email in known}
        return _change_each(generation, old, store.removed)

    removed = _in_the_list(tenant_id, workshop_id, remove_from)
    return Change(total=current(tenant_id, workshop_id).count, removed=removed)


def replace(tenant_id: int, workshop_id: int, entries: Iterable[Entry]) -> Change:
    """Make these the list, in one moment: nobody ever sees an empty or a mixed one, also if this crashes.

    What is counted is the difference to the very list that was replaced, which cannot change any more.
    """
    wanted = distinct(entries)
    old = _put_in_place(_written(tenant_id, workshop_id, wanted))
    stayed = len(store.listed(old, wanted))
    leftovers.discard(old)
    return Change(total=len(wanted), added=len(wanted) - stayed, removed=old.count - stayed, skipped=stayed)


def begin(tenant_id: int, workshop_id: int, emails: Iterable[str]) -> list[store.Action]:
    """Write the first list of a workshop that is about to be made; what is returned makes it the list.

    Until that is committed, with the workshop, nobody sees it. If the workshop is refused, `forget` the list.
    """
    wanted = distinct(Entry(email=email) for email in emails)
    return [store.first(_written(tenant_id, workshop_id, wanted))]


def forget(tenant_id: int, workshop_id: int) -> None:
    """Delete what was begun for a workshop that did not come to be."""
    leftovers.clear(tenant_id, workshop_id, older_than=clock.now())


def listed(tenant_id: int, workshop_id: int) -> list[Entry]:
    """Everybody on the list, in the order of their addresses."""
    found: list[Entry] = []
    for number in numbers_until_they_repeat(tenant_id, workshop_id):
        found = list(store.entries(tenant_id, workshop_id, number))
    return found


def _in_the_list(tenant_id: int, workshop_id: int, change: Callable[[Generation], int]) -> int:
    """Change the list that there is, and if it was replaced meanwhile the whole of it again in the new one."""
    for _ in range(TRIES):
        with suppress(_Replaced):
            return change(current(tenant_id, workshop_id))
    raise _busy()


def _change_each(generation: Generation, entries: Entries, act: Act) -> int:
    """How many were changed; not those that somebody else has just changed in the same way."""
    left = iter(entries.items())
    return sum(_change(generation, some, act) for some in iter(lambda: dict(islice(left, store.MOST_CHANGES)), {}))


def _change(generation: Generation, entries: Entries, act: Act) -> int:
    left = entries
    while left:
        try:
            store.commit(*act(generation, left))
        except store.ConditionFailed as refused:
            if refused.failed(len(left)):
                raise _Replaced from None
            left = {email: left[email] for place, email in enumerate(left) if not refused.failed(place)}
        else:
            break
    return len(left)


def _written(tenant_id: int, workshop_id: int, entries: Entries) -> Generation:
    """A generation with these entries that nobody sees yet."""
    generation = new_generation(tenant_id, workshop_id, count=len(entries))
    store.commit(store.new_generation(generation))
    _change_each(generation, entries, store.written)
    return generation


def _put_in_place(new: Generation) -> Generation:
    """Make this the list; returns the one it was put in place of, as that was in this moment."""
    for _ in range(TRIES):
        old = current(new.tenant_id, new.workshop_id)
        with suppress(store.ConditionFailed):
            store.commit(*store.put_in_place(new, old))
            return store.load_generation(old.tenant_id, old.workshop_id, old.number) or old
    raise _busy()


def _busy() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("This whitelist is being replaced elsewhere; try again", retry_after_seconds=1)
