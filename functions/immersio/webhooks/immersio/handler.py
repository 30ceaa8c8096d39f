"""POST /api/v1/webhooks/immersio: Immersio tells of courses and of who is enrolled in them.

An event of a type that we do not know is taken, and answered with `processed: false`.
"""

from immersio.course import incoming
from immersio.course.callers import Immersio
from immersio.course.schemas import ReceivedEvent
from kernel.http import endpoint


@endpoint("POST /api/v1/webhooks/immersio", caller=Immersio)
def handler(caller: Immersio) -> ReceivedEvent:
    return ReceivedEvent(success=True, processed=incoming.handle(caller.event, caller.tenant_id))
