"""Workshops in the table: a row each, one for its slug, and a small one in every list that it stands in.

A list is a partition of its own for each way there is to look for workshops, and its length is counted beside it. So a
page costs what its own workshops cost, however many others there are.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.workshop.model import Shelf, Status, Workshop
from kernel import clock, keys, table

commit = table.write
Action = table.Action
ConditionFailed = table.ConditionFailed


def load_workshop(tenant_id: int, workshop_id: int) -> Workshop | None:
    row = table.get(keys.workshop(tenant_id, workshop_id))
    return Workshop.model_validate(row) if row else None


def load_workshops(tenant_id: int, workshop_ids: Iterable[int]) -> list[Workshop]:
    """Those there are, in the order asked for."""
    wanted = [keys.workshop(tenant_id, workshop_id) for workshop_id in workshop_ids]
    found = table.get_all(wanted)
    return [Workshop.model_validate(found[key]) for key in wanted if key in found]


def find_slug(tenant_id: int, slug: str) -> int | None:
    """The id of the workshop that a school calls so."""
    row = table.get(keys.workshop_slug(tenant_id, slug))
    return int(row["workshop_id"]) if row else None


def count_workshops(tenant_id: int, shelf: Shelf) -> int:
    row = table.get(keys.workshop_count(tenant_id, *shelf))
    return int(row["workshops"]) if row else 0


def followers(tenant_id: int, course_id: str) -> list[Workshop]:
    """The workshops whose lists follow a course, as they are after every write that was answered before."""
    partition = Where("pk").eq(keys.workshop_list(tenant_id, None, None, course_id))
    rows = table.query(partition & Where("sk").begins_with(keys.listed_workshops()))
    of_course = load_workshops(tenant_id, [int(row["workshop_id"]) for row in rows])
    return [workshop for workshop in of_course if workshop.followed_course == course_id]


def still_follows(workshop: Workshop) -> table.Check:
    """It fails if the workshop has ceased to follow its course."""
    follows = Attr("immersio_course_id").eq(workshop.immersio_course_id) & Attr("sync_students").eq(True)
    return table.Check(
        key=keys.workshop(workshop.tenant_id, workshop.id), condition=follows & Attr("status").ne(Status.ARCHIVED)
    )


def still_of_course(workshop: Workshop) -> table.Check:
    """It fails if the workshop has another course by now, or has one again."""
    return table.Check(
        key=keys.workshop(workshop.tenant_id, workshop.id),
        condition=Attr("immersio_course_id").eq(workshop.immersio_course_id),
    )


def page_of_ids(tenant_id: int, shelf: Shelf, first: int, limit: int) -> list[int]:
    """The ids of a list from its `first` on, the newest first; what is skipped are rows of a few bytes."""
    listed = Where("sk").begins_with(keys.listed_workshops())
    partition = Where("pk").eq(keys.workshop_list(tenant_id, *shelf))
    rows = table.query(partition & listed, limit=first + limit, descending=True)
    return [int(row["workshop_id"]) for row in islice(rows, first, None)]


def new_slug(workshop: Workshop) -> table.Put:
    """It fails where the school has another workshop of that slug."""
    key = keys.workshop_slug(workshop.tenant_id, workshop.slug)
    row = {**key._asdict(), "entity": "workshop_slug", "tenant_id": workshop.tenant_id, "workshop_id": workshop.id}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def next_number(tenant_id: int, slug: str) -> int:
    """The number for one more workshop that would be called so; nobody else is given it."""
    return 1 + table.increment(keys.workshop_slug(tenant_id, slug), "numbered")


def new_workshop(workshop: Workshop) -> list[table.Action]:
    return [
        _put(workshop, Attr("pk").not_exists()),
        *_shelved(workshop.tenant_id, workshop.id, set(), workshop.shelves),
    ]


def changed_workshop(before: Workshop, after: Workshop) -> list[table.Action]:
    """It fails if anybody else changed something since `before` was read."""
    unchanged = _put(after, Attr("revision").eq(before.revision))
    return [unchanged, *_shelved(after.tenant_id, after.id, before.shelves, after.shelves)]


def hold(workshop: Workshop, until: datetime) -> table.Update:
    """It fails if anybody else changed something since the workshop was read."""
    return table.Update(
        key=keys.workshop(workshop.tenant_id, workshop.id),
        set={"held_until": clock.iso(until)},
        add={"revision": 1},
        condition=Attr("revision").eq(workshop.revision),
    )


def release(held: Workshop) -> table.Update:
    """End the hold that this workshop was read with; it fails if that has ended already."""
    until = clock.iso(held.held_until) if held.held_until else None
    return table.Update(
        key=keys.workshop(held.tenant_id, held.id),
        remove=("held_until",),
        add={"revision": 1},
        condition=Attr("held_until").eq(until),
    )


def _put(workshop: Workshop, condition: ConditionBase) -> table.Put:
    key = keys.workshop(workshop.tenant_id, workshop.id)
    row = json.loads(workshop.model_dump_json(), parse_float=Decimal)  # DynamoDB takes no floats
    return table.Put(item={**key._asdict(), "entity": "workshop", **row}, condition=condition)


def _shelved(
    tenant_id: int, workshop_id: int, before: Iterable[Shelf], after: Iterable[Shelf]
) -> Iterator[table.Action]:
    """Take it out of the lists that it leaves, and put it into those it comes into; each keeps its length."""
    for shelf in set(before) - set(after):
        yield table.Delete(key=keys.listed_workshop(tenant_id, *shelf, workshop_id))
        yield table.Update(key=keys.workshop_count(tenant_id, *shelf), add={"workshops": -1})
    for shelf in set(after) - set(before):
        key = keys.listed_workshop(tenant_id, *shelf, workshop_id)
        yield table.Put(item={**key._asdict(), "entity": "listed_workshop", "workshop_id": workshop_id})
        yield _counted(tenant_id, shelf)


def _counted(tenant_id: int, shelf: Shelf) -> table.Update:
    key = keys.workshop_count(tenant_id, *shelf)
    return table.Update(key=key, set={"entity": "workshop_count"}, add={"workshops": 1})
