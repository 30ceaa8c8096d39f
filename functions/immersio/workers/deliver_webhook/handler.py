"""Queue immersio-webhooks: tell a school's Immersio what happened here."""

from immersio.webhook import delivery
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    delivery.deliver(message)
