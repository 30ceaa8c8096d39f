"""A booking before anything has become of it: the class, and the workshop's policy as it is now."""

from datetime import datetime, timedelta
from typing import Any

from immersio.booking.model import Booking
from immersio.workshop.model import Workshop
from kernel import ids


def draft(workshop: Workshop, starts_at: datetime, **known: Any) -> Booking:
    """What is `known` of it besides: its uid, whose it is, and how it stands."""
    return Booking(
        tenant_id=workshop.tenant_id,
        id=ids.new_number(),
        workshop_id=workshop.id,
        event_type_id=workshop.event_type_id,
        title=workshop.title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=workshop.duration),
        refund_window_seconds=_seconds(workshop.refund_window_hours),
        cancellation_notice_seconds=_seconds(workshop.cancellation_notice_hours),
        immersio_course_id=workshop.immersio_course_id,
        **known,
    )


def _seconds(hours: float) -> int:
    return round(timedelta(hours=hours).total_seconds())
