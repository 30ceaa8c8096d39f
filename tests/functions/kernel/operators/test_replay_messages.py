"""By hand: dead letters again"""

import pytest

from kernel import outbox, settings, table
from kernel.errors import InvalidInput
from tests.support.world import Context, World, function

QUEUE = "resman-webhooks"


def _replay(**request: object) -> dict[str, int]:
    answer: dict[str, int] = function("kernel/operators/replay_messages")(request, Context())
    return answer


def _given_up(world: World, times: int) -> list[outbox.Message]:
    """Messages of so many bookings whose attempts are used up."""
    for number in range(times):
        world.book(prospect_email=f"ada{number}@example.com", preferred_time=f"{9 + number // 2:02}:00")
    messages = world.messages("tour.updated")
    for message in messages:
        table.write(table.Update(key=message.key, set={"attempts": 9}))
    world.sink.answers = [500] * len(messages)
    world.run_workers(QUEUE)
    world.sink.received.clear()
    return messages


def _letter(body: str) -> None:
    outbox.sqs().send_message(QueueUrl=settings.dead_letter_queue_url(QUEUE), MessageBody=body)


def test_dead_letters_are_delivered_with_their_old_ids(world: World) -> None:
    """INV-28"""
    messages = _given_up(world, 1)
    assert _replay(queue=QUEUE) == {"replayed": len(messages), "gone": 0, "unreadable": 0}
    world.run_workers(QUEUE)
    assert {received.headers["webhook-id"] for received in world.sink.received} == {each.id for each in messages}
    assert world.dead_letters(QUEUE) == []
    assert {each.status for each in world.messages("tour.updated")} == {outbox.Status.DELIVERED}


def test_no_more_letters_are_taken_than_were_asked_for(world: World) -> None:
    messages = _given_up(world, 2)
    assert _replay(queue=QUEUE, at_most=1)["replayed"] == 1
    assert len(world.dead_letters(QUEUE)) == len(messages) - 1


def test_a_message_that_is_under_way_again_is_left_alone(world: World) -> None:
    """SQS's own redrive, or an earlier replay, left a letter of a message that a worker is busy with."""
    world.book()
    pending, *others = world.messages("tour.updated")
    table.write(table.Update(key=pending.key, set={"attempts": 3}))
    for each in others:
        table.write(table.Update(key=each.key, set={"status": outbox.Status.FAILED}))
    for each in (pending, *others):
        _letter(each.pointer)

    assert _replay(queue=QUEUE) == {"replayed": len(others), "gone": 1, "unreadable": 0}
    now = outbox.load(pending.tenant, pending.id)
    assert now
    assert now.attempts == 3


@pytest.mark.parametrize("body", ["poison", "[]", '{"tenant": "maple"}'])
def test_a_letter_that_nobody_can_read_is_reported_and_kept_and_stops_no_other(world: World, body: str) -> None:
    _letter(body)
    messages = _given_up(world, 1)
    assert _replay(queue=QUEUE) == {"replayed": len(messages), "gone": 0, "unreadable": 1}


def test_a_queue_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(InvalidInput, match="resman-sync"):
        _replay(queue="resman-nonsense")
