"""What Immersio is told of workshops."""

from immersio.access.model import User
from immersio.tenant.model import Tenant
from immersio.webhook import bodies
from immersio.webhook.events import event
from immersio.workshop.model import Workshop
from kernel import outbox, table


def workshop_created(workshop: Workshop, teacher: User, tenant: Tenant) -> table.Put:
    told = bodies.CreatedWorkshop(
        id=workshop.id,
        event_type_id=workshop.event_type_id,
        title=workshop.title,
        slug=workshop.slug,
        duration=workshop.duration,
        price=workshop.price,
        currency=workshop.currency,
        seats=workshop.seats,
        immersio_course_id=workshop.immersio_course_id,
        teacher=bodies.Teacher(id=teacher.id, name=teacher.name, email=teacher.email),
    )
    data = bodies.WorkshopCreated(workshop=told, tenant=bodies.Tenant(id=tenant.id, slug=tenant.slug))
    return outbox.put(event(data, tenant.id, sequence=workshop.revision))
