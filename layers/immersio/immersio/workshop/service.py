"""What the staff of a school does with its workshops."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from immersio.access.callers import Member
from immersio.access.model import User
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.waitlist import duties as waitlist
from immersio.whitelist import service as whitelist
from immersio.whitelist.model import Entry
from immersio.workshop import events, following, holds, sold, store, views
from immersio.workshop.access import own_workshop
from immersio.workshop.currencies import check_price
from immersio.workshop.listing import shown
from immersio.workshop.model import Status, Workshop
from immersio.workshop.schemas import (
    Archived,
    CreatedWorkshop,
    CreateWorkshopInput,
    UpdateWorkshopInput,
    WorkshopInput,
    WorkshopView,
)
from immersio.workshop.slugs import numbered, slug_of
from immersio.workshop.timetable import lasting_schedule, schedule_for, settled, teacher_for
from kernel import clock, ids, outbox
from kernel.errors import Forbidden, TemporarilyUnavailable, TenantNotFound

TRIES = 10
"""A change that others get in the way of so often will not come through soon."""
NUMBERED_SLUGS = 5
"""So many numbers may be taken by workshops that were called `… 2` from the start."""
TIMES = {"recurrence", "starts_at", "schedule_id", "teacher_id"}
"""The fields that a workshop's times are settled by anew."""

Fields = dict[str, Any]


def create_workshop(caller: Member, input: CreateWorkshopInput) -> CreatedWorkshop:
    tenant, teacher = _tenant(caller), teacher_for(caller, input.teacher_id)
    workshop = _new(tenant, {name: value for name, value in input if value is not None})
    emails = input.whitelist_emails if "whitelist_emails" in input.model_fields_set else []
    listed = whitelist.begin(tenant.id, workshop.id, emails) if emails else []
    try:
        named = _added(tenant, teacher, workshop, listed)
    except BaseException:
        if emails:
            whitelist.forget(tenant.id, workshop.id)
        raise
    return views.created(named, teacher, tenant)


def update_workshop(caller: Member, input: UpdateWorkshopInput) -> WorkshopView:
    """All of it or nothing, but for the whitelist, which is replaced once the rest is changed."""
    given = {name: getattr(input, name) for name in input.model_fields_set - {"id", "whitelist_emails"}}
    after = _change(caller, input.id, lambda before: _changed(caller, before, _fields(given)))
    if "whitelist_emails" in input.model_fields_set:
        whitelist.replace(after.tenant_id, after.id, [Entry(email=email) for email in input.whitelist_emails])
    return shown(after)


def archive_workshop(caller: Member, input: WorkshopInput) -> Archived:
    """It is offered no more; what is booked stays booked. Once more does nothing."""
    _change(caller, input.id, lambda before: before.model_copy(update={"status": Status.ARCHIVED}))
    return Archived(success=True)


def map_workshop(caller: Member, workshop_id: int, course_id: str, *, sync_students: bool) -> Workshop:
    """A workshop of the caller's goes with a course, and its list follows that if it shall."""
    fields = {"immersio_course_id": course_id, "sync_students": sync_students}
    return _change(caller, workshop_id, lambda before: following.mapped(before.model_copy(update=fields), before))


def _new(tenant: Tenant, given: Fields) -> Workshop:
    """Its slug is the one it would like to have."""
    now = clock.now()
    schedule = schedule_for(tenant, given["teacher_id"], given.get("schedule_id"))
    own = {"id": ids.new_number(), "event_type_id": ids.new_number(), "slug": slug_of(given["title"])}
    fields = {"tenant_id": tenant.id, "time_zone": schedule.time_zone, "created_at": now, **own, **_fields(given)}
    workshop = Workshop.model_validate(fields)
    check_price(workshop.price, workshop.currency)
    return following.mapped(settled(workshop, schedule, now))


def _added(tenant: Tenant, teacher: User, workshop: Workshop, listed: list[store.Action]) -> Workshop:
    """Written under the first slug that is free, and told (INV-07: never one more than the plan has room for)."""
    limit = tenant.plan.workshops
    for slug in _slugs(workshop):
        named = workshop.model_copy(update={"slug": slug})
        room, name = tenants.use_one(tenant.id, "workshops", limit), store.new_slug(named)
        told = events.workshop_created(named, teacher, tenant)
        try:
            store.commit(room, name, *store.new_workshop(named), told, *listed, *following.owed(None, named))
        except store.ConditionFailed as refused:
            if refused.failed(0):
                raise _no_room(tenant) from None
            if not refused.failed(1):
                raise
        else:
            return named
    raise _busy()


def _slugs(workshop: Workshop) -> Iterator[str]:
    """The plain one, then numbers that nobody else is given, and at last one that nobody else can have."""
    yield workshop.slug
    for _ in range(NUMBERED_SLUGS):
        yield numbered(workshop.slug, store.next_number(workshop.tenant_id, workshop.slug))
    yield numbered(workshop.slug, workshop.id)


def _changed(caller: Member, before: Workshop, given: Fields) -> Workshop:
    """The workshop as it is wanted; a new teacher brings their own schedule."""
    fields = dict(given)
    if fields.get("teacher_id", before.teacher_id) != before.teacher_id:
        teacher_for(caller, fields["teacher_id"])
        fields.setdefault("schedule_id", None)
    after = following.mapped(Workshop.model_validate({**dict(before), **fields}), before)
    check_price(after.price, after.currency)
    return _resettled(caller, before, after, given) if TIMES & given.keys() else after


def _resettled(caller: Member, before: Workshop, after: Workshop, given: Fields) -> Workshop:
    """With its times settled anew as far as they change; a series that goes on keeps its zone, unless told another."""
    whose, was = (after.teacher_id, after.schedule_id), (before.teacher_id, before.schedule_id)
    schedule = (lasting_schedule if whose == was else schedule_for)(_tenant(caller), *whose)
    if before.is_series and after.is_series:
        is_told = "schedule_id" in given and after.schedule_id != before.schedule_id
        zone = schedule.time_zone if is_told else before.time_zone
        if (after.recurrence, after.starts_at, zone) == (before.recurrence, before.starts_at, before.time_zone):
            return after
        schedule = schedule.model_copy(update={"time_zone": zone})
    return settled(after, schedule, clock.now())


def _change(caller: Member, workshop_id: int, decide: Callable[[Workshop], Workshop]) -> Workshop:
    """Decide on what there is and write it, again if it was not so any more; nobody's change is lost."""
    for _ in range(TRIES):
        before = own_workshop(caller, workshop_id)
        after = decide(before)
        if after == before:
            return before
        with suppress(store.ConditionFailed):
            return _written(caller, before, after)
    raise _busy()


def _written(caller: Member, before: Workshop, after: Workshop) -> Workshop:
    if not sold.matters(before, after):
        return _committed(caller, before, after)
    sold.check(before, after, holds.taken_seats(before))
    with holds.held(before) as hold:
        sold.check(before, after, hold.taken)
        return _committed(caller, hold.workshop, after.model_copy(update={"held_until": None}))


def _committed(caller: Member, before: Workshop, after: Workshop) -> Workshop:
    """Archived workshops do not count towards the plan; one that is brought back needs room in it again (INV-07)."""
    new = after.model_copy(update={"revision": before.revision + 1})
    changed = [*store.changed_workshop(before, new), *_owed(before, new), *following.owed(before, new)]
    if before.is_archived == after.is_archived:
        store.commit(*changed)
    elif after.is_archived:
        store.commit(*changed, tenants.free(after.tenant_id, "workshops"))
    else:
        _bring_back(_tenant(caller), changed)
    return new


def _owed(before: Workshop, after: Workshop) -> list[store.Action]:
    """Who waits for a class is offered what is free in it now."""
    is_back = after.status is Status.ACTIVE and before.status is not Status.ACTIVE
    if after.seats <= before.seats and not is_back:
        return []
    return [outbox.put(waitlist.look_everywhere(after.tenant_id, after.id))]


def _bring_back(tenant: Tenant, changed: list[store.Action]) -> None:
    limit = tenant.plan.workshops
    try:
        store.commit(*changed, tenants.use_one(tenant.id, "workshops", limit))
    except store.ConditionFailed as refused:
        if refused.failed(len(changed)) and not refused.failed(0):
            raise _no_room(tenant) from None
        raise


def _no_room(tenant: Tenant) -> Forbidden:
    plan, limit = tenant.plan.type, tenant.plan.workshops
    some = "1 workshop, and it is used" if limit == 1 else f"{limit} workshops, and all are used"
    message = f"Your plan {plan} allows {some}; archive one, or change the plan for more"
    return tenant.plan.exceeded(limit, "workshops", message)


def _fields(given: Fields) -> Fields:
    """What was given, by the names of a workshop's fields."""
    names = {"sync_students_from_immersio": "sync_students"}
    return {names.get(name, name): _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    """Only what was given of a location or a recurrence."""
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    return value.model_dump(exclude_unset=True) if hasattr(value, "model_dump") else value


def _tenant(caller: Member) -> Tenant:
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return tenant


def _busy() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("This workshop is being changed elsewhere; try again", retry_after_seconds=1)
