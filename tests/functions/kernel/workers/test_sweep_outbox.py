"""Every minute: messages that come due, and those the stream missed"""

from datetime import timedelta

import time_machine

from kernel import clock, delivery, keys, table
from tests.support.world import Context, World, function


def _sweep() -> int:
    return int(function("kernel/workers/sweep_outbox")({}, Context())["routed"])


def test_what_the_stream_never_routed_is_routed_by_the_sweep(world: World) -> None:
    """INV-27: a crash between the table's commit and the queue loses nothing."""
    world.book()
    assert _sweep() == 0, "the stream has its time first"
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        assert _sweep() > 0


def test_two_sweeps_do_not_route_the_same_message_twice(world: World) -> None:
    world.book()
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        assert _sweep() > 0
        assert _sweep() == 0


def test_a_delivered_message_is_not_looked_at_again(world: World) -> None:
    world.book()
    world.run_workers()
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        world.run_workers()
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        assert _sweep() == 0


def test_a_message_for_a_queue_that_is_gone_does_not_keep_back_those_behind_it(world: World) -> None:
    """INV-27"""
    world.book()
    first, *others = messages = world.messages()
    for message in messages:
        look_at = {"gsi1pk": keys.outbox_shard(0), "gsi1sk": keys.outbox_sort(message.due_at)}
        table.write(table.Update(key=message.key, set=look_at))
    before_all = {"queue": "resman-nonsense", "gsi1sk": keys.outbox_sort(first.due_at - timedelta(hours=1))}
    table.write(table.Update(key=first.key, set=before_all))
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        assert _sweep() == len([each for each in others if each.due_at <= clock.now()]) > 0


def test_what_a_worker_took_and_never_finished_is_routed_again(world: World) -> None:
    """INV-27: also for a crash in the middle of a delivery."""
    world.book()
    message = world.messages("tour.updated")[0]
    assert delivery.lease(message, clock.now() + timedelta(seconds=90))
    with time_machine.travel(clock.now() + timedelta(minutes=20), tick=True):
        _sweep()
        world.run_workers("resman-webhooks")

    assert message.id in {received.headers["webhook-id"] for received in world.sink.received}
