"""Schools whose events were told by processes that died, one at each crash point; and what was left of it in the end.

heard      its receiver takes everything
refused    its receiver refuses each event once
crowded    all of its places are taken for hours, by workers that will never give them back
unheard    it has no receiver
"""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import time_machine
from flask import Response, request

from immersio.webhook import replaying, service, store, worker
from immersio.workshop import store as workshops
from immersio.workshop.model import Shelf
from kernel import clock, settings
from kernel.outbox import Message, Status
from local import schools
from tests.support.deployment import Still
from tests.support.events_out import QUEUE
from tests.support.house import ROOT
from tests.support.schools import CREATE, ask
from tests.support.sink import Served, Sink
from tests.support.workers import Context, Workplace, function

TOLD, UNHEARD = ("heard", "refused", "crowded"), "unheard"
HOURS_LATER = timedelta(hours=12)
"""After the last life; until then a school is crowded."""
AND_THEN = [timedelta(minutes=minutes) for minutes in (0, 20, 40)]


@dataclass(frozen=True)
class Outcome:
    """What is there of a school in the end."""

    died: int
    workshops: list[int]
    """What was committed there by procedures."""
    messages: list[Message]
    listed: dict[Status, set[str]]
    """The ids in its log."""
    received: Counter[str]
    """How often each was taken."""

    @property
    def ids(self) -> set[str]:
        return {message.id for message in self.messages}

    @property
    def statuses(self) -> set[Status]:
        return {message.status for message in self.messages}

    @property
    def told_of(self) -> list[int]:
        """The workshops that its events are about."""
        return sorted(message.payload["workshop"]["id"] for message in self.messages)


class Survivors(Workplace):
    """The processes that come afterwards, and do not die."""

    context = "immersio"

    def do_all_that_is_due(self) -> None:
        """The sweep finds what nobody routed, what nobody finished, and what came due meanwhile."""
        self._routed.update(message.id for message in self.messages())  # the stream has forgotten them
        for later in AND_THEN:
            with time_machine.travel(clock.now() + later, tick=True):
                self.sweep()
                self.run_workers(QUEUE)


class Receiver:
    def __init__(self) -> None:
        self.sink, self._refused = Sink(), set[str]()
        app = self.sink.application()
        app.before_request(self._refuse_once)
        self._served = Served(app)

    def address(self, name: str) -> str:
        return f"{self._served.url}/{name}"

    def received(self) -> Counter[str]:
        return Counter(each.headers["webhook-id"] for each in self.sink.received)

    def stop(self) -> None:
        self._served.stop()

    def _refuse_once(self) -> Response | None:
        webhook_id = request.headers["webhook-id"]
        if request.path != "/refused" or webhook_id in self._refused:
            return None
        self._refused.add(webhook_id)
        return Response("not yet", 503)


@dataclass(frozen=True)
class Crashed:
    first: dict[str, Outcome]
    """Of all schools, once everything due was done."""
    replayed: Outcome
    """Of who had no receiver, once it had one and asked for what it had missed."""


def crashed(deployment: Still) -> Crashed:
    """Everything there is to know: nothing is asked of the deployment after this."""
    receiver, survivors = Receiver(), Survivors()
    try:
        with deployment.entered():
            made = {name: _school(name, receiver) for name in (*TOLD, UNHEARD)}
            _crowd(made["crowded"]["tenant_id"])
            began, died = clock.now(), _lives_that_ended_early(made)
            with time_machine.travel(began + HOURS_LATER, tick=True):
                survivors.do_all_that_is_due()
                first = {name: _outcome(each["tenant_id"], died[name], receiver) for name, each in made.items()}
                _asks_for_what_it_missed(made[UNHEARD], receiver, since=began - timedelta(hours=1))
                survivors.run_workers(QUEUE)
                replayed = _outcome(made[UNHEARD]["tenant_id"], died[UNHEARD], receiver)
    finally:
        receiver.stop()
    return Crashed(first, replayed)


def _school(name: str, receiver: Receiver) -> dict[str, Any]:
    owner = {"name": "Kei", "email": f"kei@{name}.example", "username": "kei"}
    request = {"name": name, "slug": name, "plan": "enterprise", "time_zone": "UTC", "owner": owner}
    told = {} if name == UNHEARD else {"webhook_url": receiver.address(name)}
    created = function(CREATE)({**request, "immersio_org_id": f"org_{name}", **told}, Context())
    (user,) = created["users"]
    cookie = schools.cookie(user, settings.secret("SESSION_SECRET")["secret"])
    is_busy = name == "heard"
    return {"tenant_id": created["tenant_id"], "teacher_id": user["id"], "cookie": cookie, "is_busy": is_busy}


def _crowd(tenant_id: int) -> None:
    now = clock.now()
    for place in range(worker.AT_ONCE):
        assert store.take_place(tenant_id, place, f"{clock.iso(now + HOURS_LATER)} dead", now)


def _lives_that_ended_early(made: dict[str, dict[str, Any]]) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.support.crashing_schools", json.dumps(made)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    died: dict[str, int] = json.loads(ended.stderr.splitlines()[-1])
    return died


def _outcome(tenant_id: int, died: int, receiver: Receiver) -> Outcome:
    """Its events are found where nothing but the table itself is asked, its log where a school finds it."""
    owed = [message for message in Survivors().messages() if message.tenant == str(tenant_id)]
    messages = [message for message in owed if message.kind != replaying.KIND]
    listed = {status: {each.id for each in store.page_of_events(tenant_id, [status], 0, 1000)} for status in Status}
    committed = sorted(workshops.page_of_ids(tenant_id, Shelf(), 0, 1000))
    own = {message.id for message in messages}
    taken = Counter({each: times for each, times in receiver.received().items() if each in own})
    return Outcome(died, committed, messages, listed, taken)


def _asks_for_what_it_missed(school: dict[str, Any], receiver: Receiver, since: datetime) -> None:
    store.commit(*service.receive_at(school["tenant_id"], receiver.address(UNHEARD)))
    answer = ask("immersio.webhook.replay", school["cookie"], sent={"since": since})
    assert answer.status == 200, answer.body
