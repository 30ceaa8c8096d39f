"""By hand: dead letters again"""

import pytest

from kernel import outbox, table
from kernel.errors import InvalidInput
from tests.support.world import Context, World, function


def _replay(**request: object) -> dict[str, int]:
    answer: dict[str, int] = function("kernel/operators/replay_messages")(request, Context())
    return answer


def test_dead_letters_are_delivered_with_their_old_ids(world: World) -> None:
    world.book()
    message = world.messages("tour.updated")[0]
    world.sink.answers = [500, 500]
    table.write(table.Update(key=message.key, set={"attempts": 9}))
    world.run_workers("resman-webhooks")
    world.sink.received.clear()

    assert _replay(queue="resman-webhooks") == {"replayed": 1, "gone": 0}
    world.run_workers("resman-webhooks")
    assert message.id in {received.headers["webhook-id"] for received in world.sink.received}
    assert world.dead_letters("resman-webhooks") == []
    delivered = outbox.load(message.tenant, message.id)
    assert delivered
    assert delivered.status is outbox.Status.DELIVERED


def test_a_queue_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(InvalidInput, match="resman-sync"):
        _replay(queue="resman-nonsense")
