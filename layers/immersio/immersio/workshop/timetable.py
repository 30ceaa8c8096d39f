"""When a workshop that is made or changed will take place: whose time it takes, and where a series starts."""

from datetime import datetime

from immersio.access import store as people
from immersio.access.callers import Member
from immersio.access.model import Role, User
from immersio.schedule import store as schedules
from immersio.schedule.model import Schedule, Schedules, first_schedules
from immersio.tenant.model import Tenant
from immersio.workshop.model import Rule, Workshop
from immersio.workshop.occurrences import first_start, next_occurrence
from kernel.errors import Forbidden, InvalidInput


def teacher_for(caller: Member, teacher_id: int) -> User:
    """Who shall teach: any of the school's staff, but a teacher decides for themselves only (INV-24)."""
    if caller.role is Role.MEMBER and teacher_id != caller.user_id:
        raise Forbidden("A teacher's workshops are their own; an owner or an administrator may assign somebody else")
    membership = people.load_membership(caller.tenant_id, teacher_id)
    teacher = people.load_user(teacher_id) if membership and membership.role in Member.roles else None
    if teacher is None:
        raise InvalidInput.field("teacherId", "must be somebody of your school's staff")
    return teacher


def schedule_for(tenant: Tenant, teacher_id: int, schedule_id: int | None) -> Schedule:
    """The teacher's schedule of this id, or the default one."""
    kept = _kept(tenant, teacher_id)
    schedule = kept.find(kept.default_id if schedule_id is None else schedule_id)
    if schedule is None:
        raise InvalidInput.field("scheduleId", "must be one of the teacher's schedules")
    return schedule


def lasting_schedule(tenant: Tenant, teacher_id: int, schedule_id: int | None) -> Schedule:
    """The schedule that a workshop has gone by: where it is gone, the teacher's default one."""
    kept = _kept(tenant, teacher_id)
    either = [one for one in (schedule_id, kept.default_id) if one is not None]
    return next(filter(None, map(kept.find, either)))


def settled(workshop: Workshop, schedule: Schedule, now: datetime) -> Workshop:
    """With what its schedule decides: the zone, and the first start of a series, so that later changes move neither."""
    if not workshop.is_series:
        return workshop.model_copy(update={"time_zone": schedule.time_zone})
    rule = Rule(
        schedule=schedule,
        duration=workshop.duration,
        created_at=now,
        starts_at=workshop.starts_at,
        recurrence=workshop.recurrence,
    )
    starts_at = first_start(rule)
    if starts_at is None:
        long = f"no opening of {workshop.duration} minutes"
        raise InvalidInput.field("startsAt", f"is needed, because the teacher's schedule has {long}")
    if next_occurrence(rule, now) is None:
        rule_broken = "must leave a class to come; change startsAt, count or endDate"
        raise InvalidInput.field("recurrence", rule_broken)
    return workshop.model_copy(update={"time_zone": schedule.time_zone, "starts_at": starts_at})


def _kept(tenant: Tenant, teacher_id: int) -> Schedules:
    kept = schedules.load_schedules(tenant.id, teacher_id)
    return kept or first_schedules(tenant.id, teacher_id, tenant.time_zone)
