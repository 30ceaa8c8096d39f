"""Processes are killed, queues are lost, workers collide: what was committed is told, and nothing else."""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel import clock, outbox, settings, table
from kernel.outbox import Status
from kernel.queue import outbox_worker
from tests.support.chatbot import all_at_once
from tests.support.crashed_schools import TOLD, UNHEARD, Crashed, crashed
from tests.support.crashing import email
from tests.support.deployment import Still, still
from tests.support.house import ROOT
from tests.support.workers import workers
from tests.support.world import Context, World, next_open_day

WORKERS = 8
MINUTES_LATER = [timedelta(minutes=minutes) for minutes in (3, 20, 40)]


class Aftermath:
    """What is there once a fresh process has done all that is due; indexed by crash point."""

    def __init__(self, deployment: Still, world: World, died: int) -> None:
        self.died, self.at = died, clock.now() + MINUTES_LATER[-1]
        self.tours = {row["prospect"]["email"]: row for row in world.rows() if row.get("entity") == "tour"}
        self.messages = world.messages()
        self.received = {received.headers["webhook-id"]: received for received in deployment.sink.received}
        self.appointments = world.appointments()
        self.confirmed_to = {to for subject, to in deployment.mail() if subject.startswith("Your tour of")}

    def messages_about(self, tour_id: str) -> list[outbox.Message]:
        return [message for message in self.messages if tour_id in message.model_dump_json()]


@pytest.fixture(scope="module")
def aftermath() -> Aftermath:
    """A booking was made and told once for every crash point; then came a process that does not die.

    In a deployment of their own: each life reads all that is there.
    """
    with still() as apart, apart.entered() as world:
        died = _lives_that_ended_early(apart)
        _do_all_that_is_due(world)
        return Aftermath(apart, world, died)


def test_lives_ended_before_the_commit_after_it_and_in_the_middle_of_deliveries(aftermath: Aftermath) -> None:
    """INV-27: the test's own control: it proves nothing unless there were crashes of every sort."""
    survived = [email(number) in aftermath.tours for number in range(aftermath.died)]
    assert survived == sorted(survived), "from one crash point on, the booking was committed"
    assert {True, False} == set(survived)
    assert survived.count(True) > 2 * survived.count(False), "most crash points lie in routing and delivering"


def test_whatever_was_committed_is_told_to_everybody(aftermath: Aftermath) -> None:
    """INV-27: for any crash point. The queues were emptied after each crash, so the table alone must be enough."""
    for prospect, tour in aftermath.tours.items():
        owed = aftermath.messages_about(tour["id"])
        assert {message.queue for message in owed} == set(workers("resman")), prospect
        late = [message for message in owed if message.due_at < aftermath.at and message.status != "delivered"]
        assert late == [], prospect
        assert tour["status"] == "confirmed", prospect
        assert prospect in aftermath.confirmed_to


def test_resman_holds_one_appointment_for_each_tour_wherever_its_process_died(aftermath: Aftermath) -> None:
    """INV-34"""
    held = sorted(appointment["appointment_id"] for appointment in aftermath.appointments)
    assert held == sorted(tour["id"] for tour in aftermath.tours.values())


def test_nobody_hears_of_a_booking_that_was_not_committed(aftermath: Aftermath) -> None:
    """INV-27: and a webhook carries the id of its row, at every attempt."""
    assert set(aftermath.received) == {message.id for message in aftermath.messages if message.kind == "tour.updated"}
    assert aftermath.confirmed_to <= set(aftermath.tours)
    tours = {tour["id"] for tour in aftermath.tours.values()}
    assert all(any(tour in message.model_dump_json() for tour in tours) for message in aftermath.messages)


@pytest.fixture(scope="module")
def schools() -> Crashed:
    """In a deployment of their own: half a day passes there."""
    with still() as apart:
        return crashed(apart)


def test_the_lives_of_schools_ended_before_the_commit_and_after_it(schools: Crashed) -> None:
    """INV-27: again the test's own control; and wherever one ended, there is one event of what was committed."""
    heard = schools.first["heard"]
    assert 10 < len(heard.workshops) < heard.died - 10
    assert heard.told_of == heard.workshops
    for name, outcome in schools.first.items():
        assert 10 < len(outcome.messages) <= outcome.died + 1, name


@pytest.mark.parametrize("name", TOLD)
def test_a_schools_events_are_told_wherever_their_processes_died(schools: Crashed, name: str) -> None:
    """INV-27: by a receiver that takes them, one that refuses each once, and one whose places dead workers hold."""
    outcome = schools.first[name]
    assert outcome.statuses == {Status.DELIVERED}
    assert set(outcome.received) == outcome.ids
    twice = [times for times in outcome.received.values() if times > 1]
    assert len(twice) <= 6, "only who died between the answer and writing it down"


def test_what_nobody_can_be_told_is_unsent_wherever_its_process_died_and_can_be_replayed(schools: Crashed) -> None:
    """INV-27, INV-28"""
    outcome = schools.first[UNHEARD]
    assert (outcome.statuses, outcome.received) == ({Status.UNSENT}, Counter())
    assert schools.replayed.statuses == {Status.DELIVERED}
    assert schools.replayed.received == Counter(outcome.ids)


def test_the_log_says_of_each_event_what_became_of_it(schools: Crashed) -> None:
    """INV-27: wherever its processes died."""
    for outcome in (*schools.first.values(), schools.replayed):
        stored = {status: {each.id for each in outcome.messages if each.status is status} for status in Status}
        assert outcome.listed == stored
    refused = schools.first["refused"].messages
    assert any(each.history[0].answer and each.history[0].answer.status_code == 503 for each in refused)


def test_a_transaction_that_fails_leaves_no_message(world: World) -> None:
    """INV-27: the message is part of the write it tells of."""
    before = {message.id for message in world.messages()}
    guest: dict[str, Any] = {"property_id": "cedar-row", "preferred_date": str(next_open_day() + timedelta(days=7))}
    assert world.book(prospect_email="first@example.com", **guest).status == 201
    told = {message.id for message in world.messages()}
    assert told > before
    answers = all_at_once(WORKERS, lambda n: world.book(prospect_email=f"late-{n}@example.com", **guest).status)
    assert answers == [409] * WORKERS
    assert {message.id for message in world.messages()} == told


def test_of_workers_that_look_at_a_message_in_the_same_moment_one_delivers_it(world: World) -> None:
    """The lease is a conditional write; all have read the row before anybody takes it."""
    together, waited = threading.Barrier(WORKERS), threading.local()
    delivered: list[outbox.Message] = []
    message = outbox.message(tenant="maple", queue="resman-notices", kind="collision", payload={})
    table.write(outbox.put(message))

    def before_the_lease(**_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            together.wait(120)

    table.client().meta.events.register("before-call.dynamodb.TransactWriteItems", before_the_lease)
    worker = outbox_worker()(delivered.append)
    answers = all_at_once(WORKERS, lambda n: worker({"Records": [_record(message, n)]}, Context()))
    assert [each.id for each in delivered] == [message.id]
    assert sorted(len(answer["batchItemFailures"]) for answer in answers) == [0, *[1] * (WORKERS - 1)]


def _lives_that_ended_early(deployment: Still) -> int:
    command = [sys.executable, "-m", "tests.support.crashing"]
    arguments = [deployment.resman_url, deployment.api_key, str(next_open_day())]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return int(ended.stderr.split()[-1])


def _do_all_that_is_due(world: World) -> None:
    """The sweep finds what nobody routed, what nobody finished, and what came due meanwhile."""
    world._routed.update(message.id for message in world.messages())  # the stream has forgotten them
    for later in MINUTES_LATER:
        with time_machine.travel(clock.now() + later, tick=True):
            world.sweep()
            world.run_workers()


def _record(message: outbox.Message, number: int) -> dict[str, str]:
    url = settings.queue_url(message.queue)
    outbox.sqs().send_message(QueueUrl=url, MessageBody=message.pointer)
    [sent] = outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    return {
        "messageId": f"{number}",
        "receiptHandle": sent["ReceiptHandle"],
        "body": sent["Body"],
        "eventSource": "aws:sqs",
    }
