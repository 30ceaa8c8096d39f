"""Queue immersio-seats: what its messages oblige us to do, by their kind."""

from collections.abc import Callable

from immersio.booking import calling_off, settling
from kernel.outbox import Message
from kernel.queue import Undeliverable

DUTIES: dict[str, Callable[[Message], None]] = {
    "settle": settling.deliver,
    calling_off.KIND: calling_off.deliver,
}


def deliver(message: Message) -> None:
    duty = DUTIES.get(message.kind)
    if duty is None:
        raise Undeliverable(f"nobody knows what to do about {message.kind}")
    duty(message)
