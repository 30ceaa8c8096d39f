"""Queue immersio-seats: claims are brought in line with their bookings, and free seats offered to those who wait."""

from immersio.waitlist import offering
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    offering.deliver(message)
