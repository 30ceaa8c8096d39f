"""DynamoDB stream event source: every change once and in order, filtered as the template says."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from local import terminal
from local.events import EventSource, Stopwatch
from local.functions import FunctionFailed, Functions
from local.infrastructure import client, queue_url
from local.template import NotImitated, StreamSource

IDLE_SECONDS = 0.2
LONGEST_RETRY_WAIT_SECONDS = 10.0


class Stream(EventSource):
    def __init__(self, source: StreamSource, arn: str, on_failure: str | None, functions: Functions) -> None:
        super().__init__(f"stream of {arn.split('/')[1]}")
        self._source, self._arn, self._on_failure, self._functions = source, arn, on_failure, functions
        self._client = client("dynamodbstreams")
        self._iterators: dict[str, str] = {}
        self._find_shards()

    def poll(self) -> None:
        found = False
        for shard in list(self._iterators):
            records = self._read(shard)
            found = found or bool(records)
            wanted = [record for record in map(_record, records) if self._wants(record)]
            if wanted:
                self._handle(wanted)
        if not found:
            self.stopping.wait(IDLE_SECONDS)

    def _find_shards(self) -> None:
        """Every shard from its oldest record on."""
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            answer = self._client.get_shard_iterator(
                StreamArn=self._arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            self._iterators.setdefault(shard["ShardId"], answer["ShardIterator"])

    def _read(self, shard: str) -> list[dict[str, Any]]:
        answer = self._client.get_records(ShardIterator=self._iterators[shard], Limit=self._source.batch_size)
        if "NextShardIterator" in answer:
            self._iterators[shard] = answer["NextShardIterator"]
        else:
            del self._iterators[shard]
            self._find_shards()
        return list(answer["Records"])

    def _wants(self, record: dict[str, Any]) -> bool:
        return not self._source.patterns or any(matches(pattern, record) for pattern in self._source.patterns)

    def _handle(self, records: list[dict[str, Any]]) -> None:
        """Call until all are done: nothing after a failing record is looked at before it, as on Lambda."""
        watch, failures = Stopwatch(), 0
        left = self._call(records)
        while left and not self.stopping.is_set():
            failures = failures + 1 if len(left) == len(records) else 1
            if 0 <= self._source.retries < failures:
                self._give_up(left)
                return
            self.stopping.wait(min(0.2 * 2**failures, LONGEST_RETRY_WAIT_SECONDS))
            records, left = left, self._call(left)
        terminal.delivery("stream", len(records), "done", watch.milliseconds, self._source.function.logical_id)

    def _call(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The records still to be done after one call."""
        event = {"Records": [{**record, "eventSourceARN": self._arn} for record in records]}
        try:
            result = self._functions.invoke(self._source.function, event)
        except FunctionFailed:
            return records
        failed = (result or {}).get("batchItemFailures") if self._source.reports_item_failures else None
        return list(_from_first_failed(records, {item["itemIdentifier"] for item in failed or ()}))

    def _give_up(self, records: list[dict[str, Any]]) -> None:
        terminal.note(f"{self._source.function.logical_id}: gave up on {len(records)} stream records")
        if self._on_failure:
            body = {"DDBStreamBatchInfo": _batch_info(self._arn, records), "timestamp": datetime.now(UTC).isoformat()}
            client("sqs").send_message(QueueUrl=queue_url(self._on_failure), MessageBody=json.dumps(body))


def matches(pattern: Any, value: Any) -> bool:
    """EventBridge's filter rules, as far as the template uses them."""
    match pattern:
        case dict():
            return isinstance(value, dict) and all(matches(rule, value.get(name)) for name, rule in pattern.items())
        case list():
            return any(_rule_holds(rule, value) for rule in pattern)
    raise ValueError(f"filter pattern {pattern!r}: an object or a list of rules is expected")


def _rule_holds(rule: Any, value: Any) -> bool:
    match rule:
        case {"prefix": str(prefix)}:
            return isinstance(value, str) and value.startswith(prefix)
        case {"exists": bool(expected)}:
            return (value is not None) == expected
        case {"anything-but": list(unwanted)}:
            return value is not None and value not in unwanted
        case dict():
            raise NotImitated(f"the local stack does not know the filter rule {rule!r}")
    return bool(rule == value)


def _from_first_failed(records: list[dict[str, Any]], failed: set[str]) -> Iterator[dict[str, Any]]:
    reached = False
    for record in records:
        reached = reached or record["dynamodb"]["SequenceNumber"] in failed
        if reached:
            yield record


def _record(record: dict[str, Any]) -> dict[str, Any]:
    """A record as Lambda gives it: JSON, with binary as base64 and the time as a number."""
    created = record["dynamodb"]["ApproximateCreationDateTime"]
    return {**record, "dynamodb": {**_plain(record["dynamodb"]), "ApproximateCreationDateTime": created.timestamp()}}


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | set():
            return [_plain(part) for part in value]
    return value


def _batch_info(arn: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "streamArn": arn,
        "batchSize": len(records),
        "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
        "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
    }
