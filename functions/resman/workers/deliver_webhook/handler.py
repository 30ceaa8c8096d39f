"""Queue resman-webhooks: tell the chatbot what became of a tour."""

from kernel.outbox import Answer, Message
from kernel.queue import outbox_worker
from resman import callbacks


@outbox_worker()
def handler(message: Message) -> Answer | None:
    return callbacks.deliver(message)
