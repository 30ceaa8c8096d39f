"""A worker's process ends at any of its calls: whatever was committed is told, under one id, and nothing else is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest

from immersio.webhook import replaying, store
from kernel import clock, delivery, keys, outbox, settings, table
from kernel.outbox import Message, Status
from tests.support.events_out import QUEUE, at, happens, later, now, receiver, work_on
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


def is_put_off(schools: Schools, message: Message) -> None:
    for place in range(3):
        store.take_place(schools.academy.tenant_id, place, f"{clock.iso(later(seconds=30))} others", clock.now())
    work_on(message)


def is_replayed(schools: Schools, message: Message) -> None:
    schools.sink.answers = []
    delivery.replay(message)
    work_on(message)


@pytest.mark.parametrize("story", [works, fails, is_put_off, is_replayed])
def test_wherever_a_delivery_dies_the_event_is_told_under_its_id(schools: Schools, story: Story) -> None:
    """INV-27: before every call, walked one after the other; the queue is lost with the process."""
    messages = []
    for ends_before in count():
        messages.append(happens(schools.academy))
        if not _ends(schools, Life(ends_before), partial(story, schools, messages[-1])):
            break
    assert len(messages) > 4
    _do_all_that_is_due(schools, clock.now())
    assert {now(message).status for message in messages} == {Status.DELIVERED}
    bodies: dict[str, set[bytes]] = {}
    for received in schools.sink.received:
        bodies.setdefault(received.headers["webhook-id"], set()).add(received.body)
    assert set(bodies) == {message.id for message in messages}
    assert {len(each) for each in bodies.values()} == {1}


@pytest.mark.parametrize("fails_for", [timedelta(days=6), timedelta(0)], ids=["fails for days", "410"])
def test_wherever_it_dies_a_receiver_is_switched_off_with_one_notice(schools: Schools, fails_for: timedelta) -> None:
    """INV-27, INV-28: what was committed is told, or kept to be replayed."""
    messages, switched_off = [], 0
    for ends_before in count():
        table.change(store.receiving_again(schools.academy.tenant_id, None))
        if fails_for:
            store.note_failing(receiver(schools.academy), clock.now() - fails_for)
        messages.append(happens(schools.academy))
        schools.sink.answers = [500 if fails_for else 410]
        ended = _ends(schools, Life(ends_before), partial(work_on, messages[-1]))
        switched_off += receiver(schools.academy).disabled_at is not None
        if not ended:
            break
    assert 0 < switched_off < len(messages)
    assert len(schools.messages("owner.told_no_more")) == switched_off
    _do_all_that_is_due(schools, clock.now())
    told = {received.headers["webhook-id"] for received in schools.sink.received}
    for message in messages:
        assert now(message).status in {Status.UNSENT, Status.FAILED, Status.PENDING if fails_for else Status.FAILED}
        assert message.id in told or now(message).status is Status.UNSENT


def test_a_replay_of_many_that_dies_anywhere_is_finished(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-27: step after step; each is told."""
    monkeypatch.setattr(replaying, "AT_ONCE", 1)
    messages: list[Message] = []
    for ends_before in count():
        since, asked = clock.now(), len(messages)
        messages += [_missed(schools) for _ in range(2)]
        owed = replaying.owed(schools.academy.tenant_id, since, clock.now())
        table.write(outbox.put(owed))
        if not _ends(schools, Life(ends_before), partial(work_on, owed)):
            break
        assert asked < len(messages)
    assert ends_before > 8
    _do_all_that_is_due(schools, clock.now())
    assert {now(message).status for message in messages} == {Status.DELIVERED}


def test_who_is_switched_off_is_not_so_without_a_notice(schools: Schools) -> None:
    """INV-27: both are one commit."""
    schools.sink.answers = [410]
    work_on(happens(schools.academy))
    (notice,) = schools.messages("owner.told_no_more")
    assert notice.payload["disabled_at"] == clock.iso(receiver(schools.academy).disabled_at or clock.now())


def _ends(schools: Schools, life: Life, story: Callable[[], object]) -> bool:
    """A worker's life; whoever held places has gone."""
    places = tuple(f"told_by_{place}" for place in range(3))
    table.change(table.Update(key=keys.receiver(schools.academy.tenant_id), remove=places))
    with living(life):
        story()
    return life.ended


def _missed(schools: Schools) -> Message:
    message = happens(schools.academy)
    delivery.mark_unsent(message)
    return message


def _do_all_that_is_due(schools: Schools, since: datetime) -> None:
    """Another process comes to it, from the table alone: the stream and the queue have forgotten."""
    schools.sink.answers = []
    _lose_queue()
    schools._routed.update(message.id for message in schools.messages())
    for minutes in MINUTES:
        with at(since + timedelta(minutes=minutes)):
            schools.sweep()
            schools.run_workers(QUEUE)


def _lose_queue() -> None:
    url = settings.queue_url(QUEUE)
    with at(later(days=1)):
        while found := outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in found:
                outbox.sqs().delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
