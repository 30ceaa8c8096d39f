"""Queue resman-webhooks: tell the chatbot what became of a tour."""

from kernel.outbox import Message
from kernel.queue import outbox_worker
from resman import callbacks


@outbox_worker()
def handler(message: Message) -> None:
    callbacks.deliver(message)
