"""The table's stream, read only to route: new outbox messages go to their queues."""

from typing import Any

from kernel import outbox, table
from kernel.telemetry import logger


def route_outbox(event: dict[str, Any]) -> dict[str, Any]:
    """Route in order; on a failure report where to go on, so that nothing is skipped and little is repeated."""
    for record in event["Records"]:
        try:
            outbox.route(outbox.Message.model_validate(table.decode(record["dynamodb"]["NewImage"])))
        except Exception:  # noqa: BLE001 - the record must be reported, or those after it would be skipped
            logger.exception("an outbox message was not routed")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
