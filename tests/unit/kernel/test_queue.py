"""Workers: an attempt is counted once, spaced as promised, and made by one worker at a time."""

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel import clock, delivery, outbox, queue, settings, table
from kernel.errors import TemporarilyUnavailable
from kernel.outbox import Message, Status
from kernel.queue import LEASE, Undeliverable, outbox_worker
from tests.support.world import Context

QUEUE = "resman-notices"
WAITS = (timedelta(seconds=10), timedelta(hours=24))
SECOND = timedelta(seconds=1)
NOTHING_FAILED: dict[str, list[Any]] = {"batchItemFailures": []}


def _committed(**changes: Any) -> Message:
    message = outbox.message(tenant="maple", queue=QUEUE, kind="letter", payload={"rug": "GARISH-RUG"}, **changes)
    table.write(outbox.put(message))
    return message


def _received(*bodies: str) -> dict[str, Any]:
    """A batch as Lambda hands it over."""
    for body in bodies:
        outbox.sqs().send_message(QueueUrl=settings.queue_url(QUEUE), MessageBody=body)
    got = outbox.sqs().receive_message(QueueUrl=settings.queue_url(QUEUE), MaxNumberOfMessages=10)["Messages"]
    return {
        "Records": [
            {
                "messageId": f"{n}",
                "receiptHandle": m["ReceiptHandle"],
                "body": m["Body"],
                "eventSource": "aws:sqs",
            }
            for n, m in enumerate(got)
        ]
    }


def _work(message: Message, deliver: Callable[[Message], None], waits: tuple[timedelta, ...] = WAITS) -> dict[str, Any]:
    return outbox_worker(waits=waits)(deliver)(_received(message.pointer), Context())


def _now(message: Message) -> Message:
    now = outbox.load(message.tenant, message.id)
    assert now
    return now


def _raises(error: Exception) -> Callable[[Message], None]:
    def deliver(_: Message) -> None:
        raise error

    return deliver


def _dead_letters() -> list[str]:
    url = settings.dead_letter_queue_url(QUEUE)
    return [letter["Body"] for letter in outbox.sqs().receive_message(QueueUrl=url).get("Messages", [])]


def test_what_is_delivered_is_noted_and_not_delivered_again(aws: None) -> None:
    message, delivered = _committed(), list[Message]()
    assert _work(message, delivered.append) == NOTHING_FAILED
    assert _work(message, delivered.append) == NOTHING_FAILED
    assert [(each.id, each.payload) for each in delivered] == [(message.id, {"rug": "GARISH-RUG"})]
    assert (_now(message).status, _now(message).attempts) == (Status.DELIVERED, 1)


def test_a_message_is_not_delivered_before_its_time(aws: None) -> None:
    message, delivered = _committed(due_at=clock.now() + timedelta(minutes=10)), list[Message]()
    assert _work(message, delivered.append)["batchItemFailures"]
    assert (delivered, _now(message).attempts) == ([], 0)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=True):
        assert _work(message, delivered.append) == NOTHING_FAILED
    assert len(delivered) == 1


def test_a_failed_attempt_is_spaced_with_jitter_and_written_down(aws: None) -> None:
    """INV-28: never earlier than the schedule says, and not all at the same moment."""
    waits = []
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(20):
            message = _committed()
            assert _work(message, _raises(RuntimeError("the lift is stuck")))["batchItemFailures"]
            assert len(_now(message).history) == 1
            waits.append((_now(message).next_attempt_at - clock.now()).total_seconds())
    assert 10 <= min(waits) < max(waits) <= 12
    assert len(set(waits)) > 10


@pytest.mark.parametrize(("asked", "waited"), [(3600, 3600), (1, 10)])
def test_who_asks_for_more_time_gets_it_and_nobody_gets_less_than_the_schedule(
    aws: None, asked: int, waited: int
) -> None:
    """INV-28"""
    message = _committed()
    with time_machine.travel(clock.now(), tick=False):
        _work(message, _raises(TemporarilyUnavailable("come back later", retry_after_seconds=asked)))
        assert waited <= (_now(message).next_attempt_at - clock.now()).total_seconds() <= waited * 1.2


def test_the_schedule_covers_about_three_days_in_ten_attempts() -> None:
    assert len(queue.OVER_THREE_DAYS) == 9
    assert timedelta(days=3) < sum(queue.OVER_THREE_DAYS, timedelta()) < timedelta(days=3, hours=6)


def test_the_last_attempt_ends_in_the_dead_letter_queue(aws: None) -> None:
    """INV-28: after as many attempts as there are waits, and one more."""
    message, attempts, answer = _committed(), 0, {}
    while _now(message).status is Status.PENDING:
        attempts += 1
        with time_machine.travel(_now(message).next_attempt_at + timedelta(seconds=1), tick=True):
            answer = _work(message, _raises(RuntimeError("still stuck")))
    assert (attempts, answer) == (len(WAITS) + 1, NOTHING_FAILED)
    assert _now(message).status is Status.FAILED
    assert _dead_letters() == [message.pointer]


def test_what_can_never_be_delivered_is_not_tried_again(aws: None) -> None:
    message = _committed()
    assert _work(message, _raises(Undeliverable("no such address"))) == NOTHING_FAILED
    assert (_now(message).status, len(_now(message).history)) == (Status.FAILED, 1)
    assert _dead_letters() == [message.pointer]


def test_a_lease_keeps_a_second_worker_away_until_the_first_is_done(aws: None) -> None:
    message, delivered = _committed(), list[str]()
    inside, may_end = threading.Event(), threading.Event()

    def slowly(each: Message) -> None:
        inside.set()
        assert may_end.wait(120)
        delivered.append("first")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_work, message, slowly)
        assert inside.wait(120)
        second = _work(message, lambda _: delivered.append("second"))
        may_end.set()
        assert first.result() == NOTHING_FAILED
    assert second["batchItemFailures"], "the second leaves it in the queue"
    assert delivered == ["first"]


def test_the_lease_of_a_worker_that_died_ends(aws: None) -> None:
    """INV-27: and the attempt it took counts, so that a message that kills its workers ends as a dead letter."""
    message, delivered = _committed(), list[Message]()
    assert delivery.lease(message, clock.now() + LEASE)
    assert _work(message, delivered.append)["batchItemFailures"]
    with time_machine.travel(clock.now() + LEASE + timedelta(seconds=1), tick=True):
        assert _work(message, delivered.append) == NOTHING_FAILED
    assert [each.attempts for each in delivered] == [1]


def test_a_message_that_kills_every_worker_ends_as_a_dead_letter(aws: None) -> None:
    """An attempt that ended without a word is one all the same."""
    message, delivered = _committed(), list[Message]()
    for _ in range(len(WAITS) + 1):
        assert delivery.lease(_now(message), clock.now() - timedelta(seconds=1))
    assert _work(message, delivered.append) == NOTHING_FAILED
    assert (_now(message).status, delivered) == (Status.FAILED, [])
    assert _dead_letters() == [message.pointer]


@pytest.mark.parametrize("poison", ["", "no json", "[]", "{}", '{"tenant": "maple"}', '{"tenant": 1, "id": null}'])
def test_a_pointer_that_makes_no_sense_fails_alone(aws: None, poison: str) -> None:
    """It stays in the queue until the redrive policy takes it away; its neighbours are delivered."""
    message, delivered = _committed(), list[Message]()
    batch = _received(poison or " ", message.pointer)
    [bad] = [record["messageId"] for record in batch["Records"] if record["body"] != message.pointer]
    assert outbox_worker()(delivered.append)(batch, Context()) == {"batchItemFailures": [{"itemIdentifier": bad}]}
    assert [each.id for each in delivered] == [message.id]


def test_a_pointer_to_a_row_that_is_gone_is_dropped(aws: None) -> None:
    pointer = json.dumps({"tenant": "maple", "id": "msg_gone"})
    assert outbox_worker()(_raises(AssertionError()))(_received(pointer), Context()) == NOTHING_FAILED


def test_one_failure_does_not_bring_back_what_was_delivered_beside_it(aws: None) -> None:
    messages = [_committed() for _ in range(3)]

    def deliver(message: Message) -> None:
        if message.id == messages[1].id:
            raise RuntimeError("only this one")

    answer = outbox_worker()(deliver)(_received(*(message.pointer for message in messages)), Context())
    assert len(answer["batchItemFailures"]) == 1
    assert [_now(message).status for message in messages] == [Status.DELIVERED, Status.PENDING, Status.DELIVERED]


def test_a_wait_longer_than_sqs_can_hide_a_message_is_cut_and_the_row_keeps_the_time(aws: None) -> None:
    message = _committed()
    with time_machine.travel(clock.now(), tick=False):
        _work(message, _raises(RuntimeError("stuck")), (timedelta(hours=24),))
        assert _now(message).next_attempt_at - clock.now() >= timedelta(hours=24)


def test_a_foreseen_failure_is_kept_in_our_words_and_a_surprise_by_its_name_only(aws: None) -> None:
    """INV-26: a stranger's exception may quote a secret."""
    foreseen, surprise = _committed(), _committed()
    _work(foreseen, _raises(TemporarilyUnavailable("the lift is stuck" + "!" * 1000)))
    _work(surprise, _raises(RuntimeError("password swordfish")))
    reason = _now(foreseen).history[0].error or ""
    assert reason.startswith("TemporarilyUnavailable: the lift is stuck!")
    assert len(reason) <= 500
    assert _now(surprise).history[0].error == "RuntimeError"


def test_an_operator_finds_in_the_log_whose_message_failed_and_why(aws: None, caplog: pytest.LogCaptureFixture) -> None:
    """A traceback only where nobody foresaw the failure: a receiver that is down fills no log with ours."""
    message = _committed()
    for error in (TemporarilyUnavailable("the lift is stuck"), RuntimeError("what is that?")):
        caplog.clear()
        with caplog.at_level(logging.WARNING), time_machine.travel(_now(message).next_attempt_at + SECOND, tick=True):
            _work(message, _raises(error))
        [record] = [each for each in caplog.records if each.message == "delivery failed"]
        said = vars(record)
        assert (said["tenant"], said["outbox_id"]) == (message.tenant, message.id)
        assert said["reason"].startswith(type(error).__name__)
        assert bool(record.exc_info) == isinstance(error, RuntimeError)
