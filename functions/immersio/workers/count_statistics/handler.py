"""Queue immersio-statistics: count a booking, a cancellation, a move, a payment or a refund."""

from immersio.stats import counting
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    counting.deliver(message)
