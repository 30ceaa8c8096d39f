"""Queue immersio-reconciliation: compare counters with the bookings, and set right what has drifted."""

from immersio.reconciling import service
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    service.deliver(message)
