"""What Immersio is told of workshops."""

from immersio.access.model import User
from immersio.tenant.model import Tenant
from immersio.webhook.events import event
from immersio.workshop.model import Workshop
from kernel import outbox, table


def workshop_created(workshop: Workshop, teacher: User, tenant: Tenant) -> table.Put:
    told = {
        "id": workshop.id,
        "eventTypeId": workshop.event_type_id,
        "title": workshop.title,
        "slug": workshop.slug,
        "duration": workshop.duration,
        "price": workshop.price,
        "currency": workshop.currency,
        "seats": workshop.seats,
        "immersioCourseId": workshop.immersio_course_id,
        "teacher": {"id": teacher.id, "name": teacher.name, "email": teacher.email},
    }
    data = {"workshop": told, "tenant": {"id": tenant.id, "slug": tenant.slug}}
    return outbox.put(event("WORKSHOP_CREATED", tenant.id, data, sequence=workshop.revision))
