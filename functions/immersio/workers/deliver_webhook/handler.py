"""Queue immersio-webhooks: tell a school's Immersio what happened here."""

from immersio.webhook import worker
from kernel.outbox import Answer, Message
from kernel.queue import outbox_worker


@outbox_worker(turn=worker.turn)
def handler(message: Message) -> Answer | None:
    return worker.work(message)
