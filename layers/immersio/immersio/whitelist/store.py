"""Whitelists in the table: a head row that says which generation is the list, and the generations' rows.

A list is replaced by writing another generation, which nobody looks at, and then changing the head: one write, so a
reader has the old list or the new one. Who adds or removes makes sure in their own transaction that the generation is
still the list, so nothing can be added to one that was replaced, and a replaced one does not change any more.
"""

from collections.abc import Iterable, Iterator, Mapping

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.whitelist.model import Entries, Entry, Generation
from kernel import clock, keys, table

Action = table.Action
ConditionFailed = table.ConditionFailed
commit = table.write

MOST_CHANGES = table.MOST_ACTIONS - 2
"""Entries in one transaction, beside the head and the count."""


def current_number(tenant_id: int, workshop_id: int) -> int | None:
    """Which generation is the list; None if there never was one."""
    head = table.get(keys.whitelist(tenant_id, workshop_id))
    return int(head["generation"]) if head else None


def load_generation(tenant_id: int, workshop_id: int, number: int) -> Generation | None:
    row = table.get(keys.whitelist_generation(tenant_id, workshop_id, number))
    return Generation.model_validate(row) if row else None


def load_generations(tenant_id: int, workshop_id: int) -> list[Generation]:
    """All there are rows of: the list, and what was not deleted yet."""
    of_workshop = Where("pk").eq(keys.whitelist(tenant_id, workshop_id).pk)
    rows = table.query(of_workshop & Where("sk").begins_with(keys.all_whitelist_generations()))
    return [Generation.model_validate(row) for row in rows]


def entries(tenant_id: int, workshop_id: int, number: int, limit: int | None = None) -> Iterator[Entry]:
    everyone = keys.whitelist_entries(tenant_id, workshop_id, number)
    return map(Entry.model_validate, table.query(Where("pk").eq(everyone), limit=limit))


def listed(generation: Generation, emails: Iterable[str]) -> set[str]:
    """Which of these are on it."""
    asked = {_entry_key(generation, email): email for email in emails}
    return {asked[key] for key in table.get_all(asked)}


def find_entries(generation: Generation, emails: Iterable[str]) -> Entries:
    """Those of these addresses that are on it."""
    asked = {_entry_key(generation, email): email for email in emails}
    return {asked[key]: Entry.model_validate(row) for key, row in table.get_all(asked).items()}


def is_listed(tenant_id: int, workshop_id: int, number: int, email: str) -> bool:
    return table.get(keys.whitelist_entry(tenant_id, workshop_id, number, email)) is not None


def new_generation(generation: Generation) -> Action:
    return table.Put(item=_generation_row(generation), condition=Attr("pk").not_exists())


def written(generation: Generation, new: Entries) -> list[Action]:
    """Entries of a generation that is not the list yet."""
    return [table.Put(item=_entry_row(generation, email, entry)) for email, entry in new.items()]


def first(generation: Generation) -> Action:
    """Make this the list of a workshop that had none."""
    return table.Put(item=_head_row(generation), condition=Attr("pk").not_exists())


def put_in_place(new: Generation, old: Generation) -> list[Action]:
    """Make this the list instead of the one before; it fails if another was quicker, or if it is being deleted."""
    ready = Attr("pk").exists() & Attr("is_condemned").eq(False)
    return [
        table.Put(item=_head_row(new), condition=Attr("generation").eq(old.number)),
        table.Check(key=_generation_key(new), condition=ready),
        table.Update(key=_generation_key(old), set={"since": clock.iso(clock.now())}),
    ]


def added(generation: Generation, new: Entries) -> list[Action]:
    """Each entry, if it is not there; then what must hold for all of them."""
    rows = (_entry_row(generation, email, entry) for email, entry in new.items())
    puts = [table.Put(item=row, condition=Attr("pk").not_exists()) for row in rows]
    return [*puts, *_still_the_list(generation, counting=len(new))]


def kept(generation: Generation, known: Entries) -> list[Action]:
    """Each entry, if it is there, is one that a person wants and no roster takes off; then what must hold for all."""
    own = [
        table.Update(key=_entry_key(generation, email), remove=("course_id",), condition=Attr("pk").exists())
        for email in known
    ]
    return [*own, *_still_the_list(generation, counting=0)]


def removed(generation: Generation, old: Entries) -> list[Action]:
    """Each entry, if it is there; then what must hold for all of them."""
    gone = [table.Delete(key=_entry_key(generation, email), condition=Attr("pk").exists()) for email in old]
    return [*gone, *_still_the_list(generation, counting=-len(old))]


def turned(generation: Generation, before: Entries, after: Mapping[str, Entry | None]) -> list[Action]:
    """These addresses from what they were to what they are to be; None: not on it. Fails if it is not so any more."""
    difference = sum((entry is not None) - (email in before) for email, entry in after.items())
    rows = [_turned(generation, email, before.get(email), entry) for email, entry in after.items()]
    return [*rows, *_still_the_list(generation, counting=difference)] if rows else []


def admitted(tenant_id: int, workshop_id: int, number: int, email: str) -> Action:
    """This address is on the list still.

    That is enough without the head, on which all bookings of a class would meet: only a booking that read the head
    before the list was replaced, and so began before, can commit by an old entry, and only until that is deleted.
    """
    entry = keys.whitelist_entry(tenant_id, workshop_id, number, email)
    return table.Check(key=entry, condition=Attr("pk").exists())


def condemned(generation: Generation) -> list[Action]:
    """From now on it can only be deleted; it fails if it is the list, or is gone."""
    head = keys.whitelist(generation.tenant_id, generation.workshop_id)
    another = Attr("generation").not_exists() | Attr("generation").ne(generation.number)
    return [
        table.Check(key=head, condition=another),
        table.Update(key=_generation_key(generation), set={"is_condemned": True}, condition=Attr("pk").exists()),
    ]


def deleted_entries(generation: Generation, emails: Iterable[str]) -> list[Action]:
    return [table.Delete(key=_entry_key(generation, email)) for email in emails]


def deleted_generation(generation: Generation) -> Action:
    return table.Delete(key=_generation_key(generation))


def _turned(generation: Generation, email: str, before: Entry | None, after: Entry | None) -> Action:
    if after is None:
        return table.Delete(key=_entry_key(generation, email), condition=_as_read(before))
    return table.Put(item=_entry_row(generation, email, after), condition=_as_read(before))


def _as_read(entry: Entry | None) -> ConditionBase:
    if entry is None:
        return Attr("pk").not_exists()
    return _is("course_id", entry.course_id) & _is("immersio_student_id", entry.immersio_student_id)


def _is(name: str, value: str | None) -> ConditionBase:
    return Attr(name).not_exists() if value is None else Attr(name).eq(value)


def _still_the_list(generation: Generation, counting: int) -> list[Action]:
    head = _is_the_list(generation.tenant_id, generation.workshop_id, generation.number)
    counted = table.Update(key=_generation_key(generation), add={"count": counting})
    return [head, counted] if counting else [head]


def _is_the_list(tenant_id: int, workshop_id: int, number: int) -> table.Check:
    return table.Check(key=keys.whitelist(tenant_id, workshop_id), condition=Attr("generation").eq(number))


def _generation_key(generation: Generation) -> keys.Key:
    return keys.whitelist_generation(generation.tenant_id, generation.workshop_id, generation.number)


def _entry_key(generation: Generation, email: str) -> keys.Key:
    return keys.whitelist_entry(generation.tenant_id, generation.workshop_id, generation.number, email)


def _head_row(generation: Generation) -> table.Item:
    key = keys.whitelist(generation.tenant_id, generation.workshop_id)
    owner = {"tenant_id": generation.tenant_id, "workshop_id": generation.workshop_id}
    return {**key._asdict(), "entity": "whitelist", **owner, "generation": generation.number}


def _generation_row(generation: Generation) -> table.Item:
    key = _generation_key(generation)
    return {**key._asdict(), "entity": "whitelist_generation", **generation.model_dump(mode="json")}


def _entry_row(generation: Generation, email: str, entry: Entry) -> table.Item:
    key = _entry_key(generation, email)
    return {**key._asdict(), "entity": "whitelist_entry", **entry.model_dump(mode="json", exclude_none=True)}
