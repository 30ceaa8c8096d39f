"""A process of ours as it meets AWS and Stripe, call by call: it can end before any, or be overtaken there.

What lies between two calls has no effect on anybody, so to end before each of them is to end everywhere; to have its
answer lost after the last one is the repetition of a request that went well.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import stripe

from kernel import mail, outbox, table
from tests.support.students import Died


@dataclass
class Life:
    ends_before: int | None = None
    """The number of the call that is not made any more, from 0."""
    overtaken: Callable[[], object] | None = None
    """What somebody else does at that moment, instead: then the process lives on."""
    calls: int = 0
    ended: bool = False

    def call(self, **_: Any) -> None:
        """It is about to call; whoever has ended calls nobody, whatever it still does in its `finally`s."""
        if self.ended or (self.calls == self.ends_before and not self.overtaken):
            self.ended = True
            raise Died
        self.calls += 1
        if self.overtaken and self.calls - 1 == self.ends_before:
            act, self.ends_before = self.overtaken, None
            act()


@contextmanager
def living(life: Life) -> Iterator[None]:
    """What is done in here is done by a process with this life; its end is not an error."""
    ask = stripe.RequestsClient.request
    clients = (table.client(), outbox.sqs(), mail._ses())

    def call_stripe(self: stripe.RequestsClient, *args: Any, **options: Any) -> Any:
        life.call()
        return ask(self, *args, **options)

    for client in clients:
        client.meta.events.register("before-call", life.call)
    try:
        with patch.object(stripe.RequestsClient, "request", call_stripe), suppress(Died):
            yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", life.call)
