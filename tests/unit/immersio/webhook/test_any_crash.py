"""A worker's process ends at any of its calls: whatever was committed is told, under one id, and nothing else is."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from immersio.webhook import replaying, service, store
from kernel import clock, keys, outbox, settings, table
from kernel.outbox import Message, Status
from tests.support.events_out import QUEUE, at, call, happens, later, now, receiver, work_on
from tests.support.mortal import Life, living
from tests.support.schools import Schools

MINUTES = (3, 20, 40, 60)
Story = Callable[[Schools, Message], None]
"""What ends before one of its calls."""


def works(schools: Schools, message: Message) -> None:
    schools.sink.answers = []
    work_on(message)


def fails(schools: Schools, message: Message) -> None:
    schools.sink.answers = [500]
    work_on(message)


def recovers(schools: Schools, message: Message) -> None:
    schools.sink.answers = []
    work_on(message)


def put_off(schools: Schools, message: Message) -> None:
    """All places are taken by others."""
    for place in range(3):
        store.take_place(schools.academy.tenant_id, place, f"{clock.iso(later(seconds=30))} others", clock.now())
    work_on(message)


def replayed(schools: Schools, message: Message) -> None:
    call(schools, "replay", {"webhookId": message.id})
    schools.run_workers(QUEUE)


@pytest.mark.parametrize("story", [works, fails, put_off, replayed])
def test_wherever_a_delivery_dies_the_event_is_told_under_its_id(schools: Schools, story: Story) -> None:
    """INV-27: a crash before every call, walked one after the other; the queue is lost with the process."""
    lives = 0
    for ends_before in count():
        message = happens(schools.academy)
        life = Life(ends_before)
        with living(life):
            story(schools, message)
        lives += life.ended
        schools.sink.answers = []
        all_that_is_due(schools)
        assert now(message).status is Status.DELIVERED, ends_before
        told = [received for received in schools.sink.received if received.headers["webhook-id"] == message.id]
        assert told, ends_before
        assert {one.body for one in told} == {told[0].body}
        assert receiver(schools.academy).disabled_at is None
        if not life.ended:
            break
    assert lives > 3


@pytest.mark.parametrize("fails_for", [timedelta(days=6), None], ids=["fails for days", "410"])
def test_wherever_it_dies_a_receiver_is_switched_off_with_one_notice(
    schools: Schools, fails_for: timedelta | None
) -> None:
    """INV-27, INV-28: what was committed is kept, to be replayed or as a dead letter."""
    for ends_before in count():
        again(schools)
        if fails_for:
            schools.sink.answers = [500]
            work_on(happens(schools.academy))
        notices = len(schools.messages("owner.told_no_more"))
        with at(clock.now() + (fails_for or timedelta(0))):
            message = happens(schools.academy)
            schools.sink.answers = [500 if fails_for else 410]
            life = Life(ends_before)
            with living(life):
                work_on(message)
            is_off = receiver(schools.academy).disabled_at is not None
            assert len(schools.messages("owner.told_no_more")) - notices == is_off
            all_that_is_due(schools)
            assert now(message).status is not Status.PENDING
            was_told = any(one.headers["webhook-id"] == message.id for one in schools.sink.received)
            assert was_told or now(message).status is Status.UNSENT
        if not life.ended:
            break
    assert ends_before > 5


def test_a_replay_of_many_that_dies_anywhere_is_finished(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-27: step after step; each is told."""
    monkeypatch.setattr(replaying, "AT_ONCE", 2)
    since = clock.now()
    for ends_before in count():
        messages = [happens(schools.academy) for _ in range(4)]
        for message in messages:
            table.write(table.Update(key=message.key, set={"status": "unsent", "gsi4pk": unsent(message)}))
        life = Life(ends_before)
        with living(life):
            call(schools, "replay", {"since": since})
            schools.run_workers(QUEUE)
        all_that_is_due(schools)
        asked_for = [one for one in schools.messages("replay") if one.created_at >= messages[0].created_at]
        statuses = {now(message).status for message in messages}
        assert statuses == ({Status.DELIVERED} if asked_for else {Status.UNSENT}), ends_before
        if not life.ended:
            break
    assert ends_before > 20


def test_an_event_whose_change_does_not_commit_is_told_to_nobody(schools: Schools) -> None:
    """INV-27"""
    message = happens(schools.academy)
    with pytest.raises(table.ConditionFailed):
        table.write(outbox.put(message), outbox.put(happens(schools.academy)))
    assert len(schools.messages()) == 2


def again(schools: Schools) -> None:
    store.commit(*service.receive_at(schools.academy.tenant_id, None))


def unsent(message: Message) -> str:
    return keys.deliveries(message.tenant, "unsent")


def lose_queue() -> None:
    url = settings.queue_url(QUEUE)
    with at(later(days=1)):
        while found := outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in found:
                outbox.sqs().delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


def all_that_is_due(schools: Schools) -> None:
    """Another process comes to it, from the table alone: the stream and the queue have forgotten."""
    started = clock.now()
    lose_queue()
    for minutes in MINUTES:
        with at(started + timedelta(minutes=minutes)):
            schools._routed.update(message.id for message in schools.messages())
            schools.sweep()
            schools.run_workers(QUEUE)
