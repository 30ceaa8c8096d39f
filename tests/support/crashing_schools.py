"""Run as a process of its own: schools do things, and their Immersio is told, killed at a later call each time.

Each life comes two minutes after the one before: what a dead worker held is free again by then.
"""

import json
import sys
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import time_machine

from immersio.webhook import store
from kernel import clock
from kernel.outbox import Message, Status
from tests.support import crashing
from tests.support.events_out import QUEUE, happens
from tests.support.schools import ask

APART = timedelta(minutes=2)


def live(school: dict[str, Any], began: datetime, number: int) -> None:
    """Something happens, its event is routed, and told. A whole procedure is walked through at one school only."""
    with time_machine.travel(began + APART * number, tick=True):
        happened = _a_workshop_is_made(school, number) if school["is_busy"] else happens(school["tenant_id"])
        crashing.route([happened])
        crashing.work([QUEUE])


def _a_workshop_is_made(school: dict[str, Any], number: int) -> Message:
    sent = {"title": f"Crash {number}", "duration": 60, "price": 0, "seats": 2, "teacherId": school["teacher_id"]}
    answer = ask("immersio.workshop.create", school["cookie"], sent={**sent, "locations": [{"type": "zoom"}]})
    assert answer.status == 200, answer.body
    (event,) = store.page_of_events(school["tenant_id"], [Status.PENDING], 0, 1)
    return event


def main() -> None:
    """How many lives of each school ended early."""
    began, died = clock.now(), {}
    for name, school in json.loads(sys.argv[1]).items():
        live(school, began, -1)  # what is loaded now, no child loads again
        died[name] = crashing.crash_everywhere(partial(live, school, began), [QUEUE])
    print(json.dumps(died), file=sys.stderr)


if __name__ == "__main__":
    main()
