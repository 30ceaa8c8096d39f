"""Queue resman-sync: see to it that ResMan has a tour's latest state, or the prospect an apology."""

from kernel.outbox import Message
from kernel.queue import outbox_worker
from resman import sync


@outbox_worker(waits=sync.WAITS)
def handler(message: Message) -> None:
    sync.retry_tour_booking(message)
