"""POST /api/resman/webhooks/tour-update: ResMan tells of a change.

What is older than what we know changes nothing, and is answered with `processed: false`.
"""

from kernel.errors import NotFound
from kernel.http import endpoint
from resman import updates
from resman.callers import Resman
from resman.schemas import TourUpdateWebhook, WebhookReceipt


@endpoint("POST /api/resman/webhooks/tour-update", caller=Resman, errors=(NotFound,))
def handler(request: TourUpdateWebhook) -> WebhookReceipt:
    return updates.handle_tour_status_update(request)
