"""Queue immersio-webhooks: tell a school's Immersio what happened here."""

from immersio.webhook import delivery
from immersio.webhook.turns import turn
from kernel.outbox import Answer, Message
from kernel.queue import outbox_worker


@outbox_worker(turn=turn)
def handler(message: Message) -> Answer | None:
    return delivery.work(message)
