"""The table's stream"""

from typing import Any

import pytest

from kernel import outbox, table
from tests.support.world import Context, World, function


def _record(message: outbox.Message, number: str) -> dict[str, Any]:
    row = table.Put(item={**message.key._asdict(), **message.model_dump(mode="json")}).request()["Put"]["Item"]
    return {"eventName": "INSERT", "dynamodb": {"NewImage": row, "SequenceNumber": number}}


def test_new_messages_go_to_their_queues(world: World) -> None:
    world.book()
    records = [_record(message, str(number)) for number, message in enumerate(world.messages("prospect.confirmation"))]

    assert function("kernel/workers/route_outbox")({"Records": records}, Context()) == {"batchItemFailures": []}
    world.run_workers("resman-notices")
    assert len(world.mail_to("ada@example.com")) == 1


def test_a_failure_names_the_record_to_go_on_from(world: World) -> None:
    world.book()
    messages = world.messages()
    records = [_record(message, str(number)) for number, message in enumerate(messages)]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("QUEUE_RESMAN_NOTICES")
        answer = function("kernel/workers/route_outbox")({"Records": records}, Context())

    first = next(n for n, message in enumerate(messages) if message.kind.endswith(".confirmation"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": str(first)}]}
