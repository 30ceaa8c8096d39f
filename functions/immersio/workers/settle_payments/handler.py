"""Queue immersio-payments: give back what is owed for a booking that has ended, and close its payment page."""

from immersio.booking import money
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    money.deliver(message)
