"""Workshops as a front end reads them."""

from collections.abc import Sequence

from immersio.access.model import User
from immersio.schedule.model import Schedule
from immersio.tenant.addresses import school_url
from immersio.tenant.model import Tenant
from immersio.workshop.model import Location, Recurrence, Status, Workshop
from immersio.workshop.outlook import Coming
from immersio.workshop.schemas import (
    CreatedWorkshop,
    ListedWorkshop,
    LocationView,
    OccurrenceView,
    RecurrenceView,
    TeacherView,
    WorkshopView,
)


def created(workshop: Workshop, teacher: User, tenant: Tenant) -> CreatedWorkshop:
    return CreatedWorkshop(
        id=workshop.id,
        event_type_id=workshop.event_type_id,
        slug=workshop.slug,
        booking_url=booking_url(workshop, teacher, tenant),
        created_at=workshop.created_at,
    )


def listed(workshop: Workshop, teacher: User | None, coming: Sequence[Coming]) -> ListedWorkshop:
    following = coming[0] if coming and workshop.status is Status.ACTIVE else None
    return ListedWorkshop(
        id=workshop.id,
        event_type_id=workshop.event_type_id,
        title=workshop.title,
        slug=workshop.slug,
        description=workshop.description,
        duration=workshop.duration,
        price=workshop.price,
        currency=workshop.currency,
        seats=workshop.seats,
        booked_seats=following.taken if following else 0,
        teacher=_teacher(workshop.teacher_id, teacher),
        whitelist_enabled=workshop.whitelist_enabled,
        immersio_course_id=workshop.immersio_course_id,
        status=workshop.status.value,
        next_occurrence=following.occurrence.starts_at if following else None,
        created_at=workshop.created_at,
    )


def whole(
    workshop: Workshop, teacher: User | None, tenant: Tenant, schedule: Schedule, coming: Sequence[Coming]
) -> WorkshopView:
    """`schedule` is what it goes by."""
    return WorkshopView(
        **dict(listed(workshop, teacher, coming)),
        booking_url=booking_url(workshop, teacher, tenant),
        schedule_id=workshop.schedule_id,
        time_zone=schedule.time_zone,
        locations=list(map(_location, workshop.locations)),
        recurrence=workshop.recurrence and _recurrence(workshop.recurrence),
        starts_at=workshop.starts_at,
        sync_students_from_immersio=workshop.sync_students,
        refund_window_hours=workshop.refund_window_hours,
        cancellation_notice_hours=workshop.cancellation_notice_hours,
        topic_category=workshop.topic_category,
        workshop_type=workshop.workshop_type,
        occurrences=list(map(_occurrence, coming)),
    )


def booking_url(workshop: Workshop, teacher: User | None, tenant: Tenant) -> str:
    """Where students book: every school has a host of its own under the one of the booking pages."""
    username = teacher.username if teacher else str(workshop.teacher_id)
    return f"{school_url(tenant)}/{username}/{workshop.slug}"


def _teacher(teacher_id: int, teacher: User | None) -> TeacherView:
    if teacher is None:
        return TeacherView(id=teacher_id, name="", avatar_url=None)
    return TeacherView(id=teacher.id, name=teacher.name, avatar_url=teacher.avatar_url)


def _location(location: Location) -> LocationView:
    return LocationView(type=location.type, link=location.link, address=location.address)


def _recurrence(recurrence: Recurrence) -> RecurrenceView:
    return RecurrenceView(frequency=recurrence.frequency.value, count=recurrence.count, end_date=recurrence.end_date)


def _occurrence(coming: Coming) -> OccurrenceView:
    starts_at, ends_at = coming.occurrence.starts_at, coming.occurrence.ends_at
    return OccurrenceView(start_time=starts_at, end_time=ends_at, booked_seats=coming.taken)
