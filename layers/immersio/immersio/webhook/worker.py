"""The queue's worker: whose turn it is, and what is to be done.

One school's slow receiver takes no more than a few workers away from the others (INV-28).
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from immersio.webhook import delivery, events, replaying, store
from immersio.webhook.model import Receiver
from kernel import clock
from kernel.outbox import Answer, Message
from kernel.queue import LEASE, NobodyToTell, NotNow

AT_ONCE = 3
"""Attempts of one school; of one whose receiver fails, a single one."""
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)
"""Ten thousand events that wait for days for a dead receiver: each look at one of them is paid for."""


def work(message: Message) -> Answer | None:
    if message.kind == replaying.KIND:
        replaying.go_on(message)
        return None
    return delivery.deliver(message)


@contextmanager
def turn(message: Message) -> Iterator[None]:
    """Hold one of the school's places; `NotNow` where all are taken, `NobodyToTell` where there is no receiver."""
    if message.kind == replaying.KIND:
        yield
        return
    tenant_id = events.tenant_of(message)
    receiver = store.load_receiver(tenant_id)
    if receiver is None or receiver.address is None:
        raise NobodyToTell(store.still_nobody(tenant_id))
    place, mark = _place(receiver, message)
    try:
        yield
    finally:
        store.leave_place(receiver.tenant_id, place, mark)


def _place(receiver: Receiver, message: Message) -> tuple[int, str]:
    """A place frees itself when its holder can no longer be alive."""
    now = clock.now()
    mark = f"{clock.iso(now + LEASE)} {message.id}"
    places = range(1 if receiver.is_failing else AT_ONCE)
    for place in random.sample(places, len(places)):
        if store.take_place(receiver.tenant_id, place, mark, now):
            return place, mark
    raise NotNow(_wait(message))


def _wait(message: Message) -> timedelta:
    """The longer it has waited, the longer it waits again: of a thousand that wait, each is looked at seldom."""
    last = message.history[-1].at if message.history else message.due_at
    wait = min(max((clock.now() - last) / 10, SHORTEST_WAIT), LONGEST_WAIT)
    return wait * random.uniform(1, 2)  # noqa: S311 - spreads load, guards nothing
