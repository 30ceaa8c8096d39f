"""Queue immersio-seats: bring the claim of a seat in line with its booking, where whoever changed that did not."""

from immersio.booking import settling
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    settling.deliver(message)
