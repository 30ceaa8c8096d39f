"""Queue immersio-seats: claims follow their bookings, freed seats are offered, classes called off are given back."""

from immersio.waitlist import seats_worker
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    seats_worker.deliver(message)
