"""Queue immersio-sync: what Immersio has of courses and their rosters becomes what we have, one step at a time."""

from immersio.sync import worker
from kernel.outbox import Message
from kernel.queue import outbox_worker


@outbox_worker()
def handler(message: Message) -> None:
    worker.deliver(message)
