"""Queue immersio-seats: what its messages oblige us to do, by their kind; of bookings and of those who wait."""

from collections.abc import Callable

from immersio.booking import calling_off
from immersio.waitlist import duties, offering
from kernel.outbox import Message
from kernel.queue import Undeliverable

DUTIES: dict[str, Callable[[Message], None]] = {
    "settle": offering.settle_and_offer,
    calling_off.KIND: offering.call_off,
    duties.KIND: offering.look,
}


def deliver(message: Message) -> None:
    duty = DUTIES.get(message.kind)
    if duty is None:
        raise Undeliverable(f"nobody knows what to do about {message.kind}")
    duty(message)
