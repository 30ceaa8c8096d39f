"""Queue immersio-notices: send one e-mail that a school owes somebody."""

from immersio.notices import service
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    service.deliver(message)
