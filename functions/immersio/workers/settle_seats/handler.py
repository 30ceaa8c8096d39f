"""Queue immersio-seats: bring claims in line with their bookings, and give back those of a class called off."""

from immersio.booking import seats_worker
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    seats_worker.deliver(message)
