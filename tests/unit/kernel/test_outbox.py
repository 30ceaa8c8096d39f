"""The outbox: a message keeps its id, and somebody looks at it whatever happens."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from boto3.dynamodb.conditions import Attr
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock, delivery, outbox, settings, table
from kernel.keys import Key
from kernel.outbox import LONGEST_SQS_DELAY, ROUTING_GRACE, WATCHDOG, Message, Status

QUEUE = "resman-notices"
SECOND = timedelta(seconds=1)


def _message(**changes: Any) -> Message:
    return outbox.message(tenant="maple", queue=QUEUE, kind="letter", payload={"rug": "GARISH-RUG"}, **changes)


def _committed(**changes: Any) -> Message:
    message = _message(**changes)
    table.write(outbox.put(message))
    return message


def _now(message: Message) -> Message:
    now = outbox.load(message.tenant, message.id)
    assert now
    return now


def _queued() -> list[str]:
    got = outbox.sqs().receive_message(QueueUrl=settings.queue_url(QUEUE), MaxNumberOfMessages=10)
    return [json.loads(each["Body"])["id"] for each in got.get("Messages", [])]


def test_a_message_comes_back_as_it_was_committed(aws: None) -> None:
    message = _committed(sequence=7, due_at=clock.now() + timedelta(days=3))
    assert _now(message) == message


def test_a_message_shares_the_fate_of_the_change_it_tells_of(aws: None) -> None:
    """INV-27: nothing is emitted for a change that did not commit."""
    message, change = _message(), {"pk": "RUG", "sk": "GARISH"}
    with pytest.raises(table.ConditionFailed):
        table.write(table.Put(item=change, condition=Attr("pk").exists()), outbox.put(message))
    assert outbox.load(message.tenant, message.id) is None
    with pytest.raises(table.ConditionFailed):
        table.write(table.Put(item=change), outbox.put(first := _committed()))
    assert table.get(Key("RUG", "GARISH")) is None, first.id


@given(ahead=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_somebody_looks_at_any_message_in_time(ahead: timedelta) -> None:
    """The stream hands over what is due within SQS's longest delay; the sweep does the rest, and covers for it."""
    message = _message(due_at=clock.now() + ahead)
    look = outbox._first_look(message)
    if message.due_at - message.created_at <= LONGEST_SQS_DELAY:
        assert look == message.due_at + ROUTING_GRACE
    else:
        assert look == message.due_at


def test_a_message_for_later_is_not_routed_before_sqs_can_hold_it(aws: None) -> None:
    outbox.route(_committed(due_at=clock.now() + LONGEST_SQS_DELAY + timedelta(minutes=1)))
    assert _queued() == []
    soon = _committed()
    outbox.route(soon)
    assert _queued() == [soon.id]


def test_the_sweep_leaves_alone_what_is_not_due_and_finds_it_when_it_is(aws: None) -> None:
    later = _committed(due_at=clock.now() + timedelta(days=2))
    assert outbox.sweep() == 0
    with time_machine.travel(clock.now() + timedelta(days=2) + SECOND, tick=False):
        assert outbox.sweep() == 1
        assert outbox.sweep() == 0, "the watchdog has its time"
    with time_machine.travel(clock.now() + timedelta(days=2) + WATCHDOG + 2 * SECOND, tick=False):
        assert outbox.sweep() == 1, "nobody worked on it"
    assert set(_queued()) == {later.id}


def test_the_sweep_finds_the_messages_of_every_shard(aws: None) -> None:
    committed = {_committed().id for _ in range(40)}
    with time_machine.travel(clock.now() + ROUTING_GRACE + SECOND, tick=False):
        assert outbox.sweep() == 40
    found: set[str] = set()
    while batch := _queued():
        found.update(batch)
    assert found == committed


def test_what_is_delivered_or_given_up_is_not_looked_at_again(aws: None) -> None:
    delivery.mark_delivered(_committed())
    delivery.mark_exhausted(_committed(), "no", settings.dead_letter_queue_url(QUEUE))
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        assert outbox.sweep() == 0


def test_a_sweep_does_not_undo_what_a_worker_decided_meanwhile(aws: None) -> None:
    message = _committed()
    assert delivery.lease(message, clock.now())
    delivery.mark_failed_attempt(_now(message), "stuck", clock.now() + timedelta(hours=5))
    outbox._look_again(message, clock.now())
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert outbox.sweep() == 0


def test_of_two_who_have_read_the_same_row_one_gets_the_lease(aws: None) -> None:
    message, until = _committed(), clock.now() + timedelta(minutes=1)
    assert [delivery.lease(message, until) for _ in range(3)] == [True, False, False]
    assert _now(message).attempts == 1


def test_a_delivered_message_cannot_be_leased(aws: None) -> None:
    message = _committed()
    delivery.mark_delivered(message)
    assert not delivery.lease(message, clock.now())


def test_the_history_keeps_the_last_attempts_only(aws: None) -> None:
    message = _committed()
    for number in range(30):
        delivery.mark_failed_attempt(_now(message), f"failure {number}", clock.now())
    errors = [attempt.error for attempt in _now(message).history]
    assert errors == [f"failure {number}" for number in range(5, 30)]


def test_a_replay_keeps_id_and_history_and_starts_the_schedule_over(aws: None) -> None:
    """INV-28"""
    message = _committed()
    delivery.lease(message, clock.now())
    delivery.mark_exhausted(message, "no", settings.dead_letter_queue_url(QUEUE))
    delivery.replay(_now(message))
    again = _now(message)
    assert (again.id, again.status, again.attempts, len(again.history)) == (message.id, Status.PENDING, 0, 1)
    assert _queued() == [message.id]


def test_a_replay_that_dies_before_the_queue_is_swept_up(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-27"""
    message = _committed()
    delivery.mark_exhausted(message, "no", settings.dead_letter_queue_url(QUEUE))
    with monkeypatch.context() as broken:
        broken.delenv("QUEUE_RESMAN_NOTICES")
        with pytest.raises(settings.SettingMissing):
            delivery.replay(_now(message))
    with time_machine.travel(clock.now() + ROUTING_GRACE + SECOND, tick=False):
        assert outbox.sweep() == 1


def test_of_two_operators_who_replay_the_same_message_one_does(aws: None) -> None:
    message = _committed()
    delivery.mark_exhausted(message, "no", settings.dead_letter_queue_url(QUEUE))
    failed = _now(message)
    assert [delivery.replay(failed) for _ in range(2)] == [True, False]
    assert _queued() == [message.id]


def test_one_row_that_nobody_can_read_does_not_keep_back_the_others(aws: None) -> None:
    messages = [_committed() for _ in range(10)]
    for message in messages[:5]:
        table.write(table.Update(key=message.key, set={"due_at": "at tea time"}))
    with time_machine.travel(clock.now() + ROUTING_GRACE + SECOND, tick=False):
        assert outbox.sweep() == 5
    assert set(_queued()) == {message.id for message in messages[5:]}


def test_a_delivered_message_is_forgotten_after_a_month_and_a_pending_one_never(aws: None) -> None:
    message = _committed()
    row = table.get(message.key)
    assert row
    assert "ttl" not in row
    delivery.mark_delivered(message)
    row = table.get(message.key)
    assert row
    assert row["ttl"] >= clock.epoch(clock.now() + timedelta(days=29))
