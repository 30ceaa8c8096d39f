"""Queue resman-notices: send one e-mail or text that a change of a tour owes."""

from kernel.outbox import Message
from kernel.queue import outbox_worker
from resman import notifications


@outbox_worker()
def handler(message: Message) -> None:
    notifications.deliver(message)
