"""The single table: reads, and writes that are all or nothing.

Conflicts between transactions and throttling are waited out with jitter here, so that a caller only
ever learns of a condition that truly failed (INV-05).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from kernel import settings
from kernel.errors import TemporarilyUnavailable
from kernel.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
Result = TypeVar("Result")

_WORTH_RETRYING = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}


class ConditionFailed(Exception):
    """A condition did not hold, so nothing was written. `found` has the row that stood in the way, by action."""

    def __init__(self, found: Mapping[int, Item | None]) -> None:
        super().__init__(f"condition of action {', '.join(map(str, found))} failed")
        self.found = found

    def failed(self, action: int) -> bool:
        return action in self.found


class _Contention(Exception):
    """Nothing was written because somebody else was writing; worth another try."""


@dataclass(frozen=True, kw_only=True)
class Put:
    """Write a whole row; without a condition, whatever stood there is replaced."""

    item: Item
    condition: ConditionBase | None = None

    def request(self) -> dict[str, Any]:
        return {"Put": {"Item": _encode(self.item), **_condition(self.condition)}}


@dataclass(frozen=True, kw_only=True)
class Update:
    """Change some attributes of a row; the row is made if it is not there and the condition allows it."""

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    condition: ConditionBase | None = None

    def request(self) -> dict[str, Any]:
        condition = _condition(self.condition)
        names, values = _Names(), _Values()
        clauses = {
            "SET": [f"{names[name]} = {values[value]}" for name, value in self.set.items()],
            "ADD": [f"{names[name]} {values[amount]}" for name, amount in self.add.items()],
            "REMOVE": [names[name] for name in self.remove],
        }
        update: dict[str, Any] = {
            "Key": _encode(self.key._asdict()),
            "UpdateExpression": " ".join(f"{verb} {', '.join(terms)}" for verb, terms in clauses.items() if terms),
            **condition,
            "ExpressionAttributeNames": {**condition.get("ExpressionAttributeNames", {}), **names.placeholders},
        }
        if merged := {**condition.get("ExpressionAttributeValues", {}), **values.placeholders}:
            update["ExpressionAttributeValues"] = merged
        return {"Update": update}


@dataclass(frozen=True, kw_only=True)
class Delete:
    key: Key
    condition: ConditionBase | None = None

    def request(self) -> dict[str, Any]:
        return {"Delete": {"Key": _encode(self.key._asdict()), **_condition(self.condition)}}


Action = Put | Update | Delete


def get(key: Key) -> Item | None:
    """One row, as it stands after every write that was answered before."""
    answer = _patiently(
        lambda: client().get_item(TableName=settings.table_name(), Key=_encode(key._asdict()), ConsistentRead=True)
    )
    return decode(answer["Item"]) if "Item" in answer else None


def query(
    condition: ConditionBase, *, index: str | None = None, limit: int | None = None, descending: bool = False
) -> Iterator[Item]:
    """Rows under one partition key in order, page after page; strongly consistent unless read through an index."""
    request: dict[str, Any] = {
        "TableName": settings.table_name(),
        **_key_condition(condition),
        "ScanIndexForward": not descending,
        **({"IndexName": index} if index else {"ConsistentRead": True}),
        **({"Limit": limit} if limit else {}),
    }
    left = limit
    while True:
        page = _patiently(lambda: client().query(**request))
        for row in page["Items"][:left]:
            yield decode(row)
        left = None if left is None else left - len(page["Items"])
        if "LastEvaluatedKey" not in page or (left is not None and left <= 0):
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def write(*actions: Action) -> None:
    """Do all of it or nothing. Raises `ConditionFailed`, with the rows that stood in the way."""
    requests = [_with_table(action.request()) for action in actions]
    _patiently(lambda: _transact(requests))


def increment(key: Key, attribute: str, *, expires_at: int) -> int:
    """Count one up and return the new count; for counters where an odd miscount does no harm."""
    answer = _patiently(
        lambda: client().update_item(
            TableName=settings.table_name(),
            Key=_encode(key._asdict()),
            UpdateExpression="ADD #n :one SET #t = :ttl",
            ExpressionAttributeNames={"#n": attribute, "#t": "ttl"},
            ExpressionAttributeValues=_encode({":one": 1, ":ttl": expires_at}),
            ReturnValues="UPDATED_NEW",
        )
    )
    return int(decode(answer["Attributes"])[attribute])


@cache
def client() -> "DynamoDBClient":
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=50,
    )
    return boto3.client("dynamodb", config=config)


def _transact(requests: list[Any]) -> None:
    try:
        client().transact_write_items(TransactItems=requests)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        failed = {
            position: decode(reason["Item"]) if reason.get("Item") else None
            for position, reason in enumerate(reasons)
            if reason.get("Code") == "ConditionalCheckFailed"
        }
        if failed:
            raise ConditionFailed(failed) from error
        if any(reason.get("Code") in _WORTH_RETRYING for reason in reasons):
            raise _Contention from error
        raise


def _patiently(call: Callable[[], Result]) -> Result:
    """Call, and call again while others hold the rows or the table is throttled."""
    retrying = Retrying(
        retry=retry_if_exception_type(_Contention),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        stop=stop_after_attempt(12),
        reraise=True,
    )
    try:
        result: Result = retrying(_marking_contention, call)
    except _Contention as contention:
        raise TemporarilyUnavailable(
            "The booking table is too busy right now; nothing was changed. Try again in a moment.",
            retry_after_seconds=2,
        ) from contention
    return result


def _marking_contention(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _WORTH_RETRYING:
            raise _Contention from error
        raise


def _with_table(request: dict[str, Any]) -> dict[str, Any]:
    ((verb, parameters),) = request.items()
    return {
        verb: {
            "TableName": settings.table_name(),
            **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if "ConditionExpression" in parameters else {}),
            **parameters,
        }
    }


def _condition(condition: ConditionBase | None) -> dict[str, Any]:
    if condition is None:
        return {}
    return _expression("ConditionExpression", condition, is_key=False)


def _key_condition(condition: ConditionBase) -> dict[str, Any]:
    return _expression("KeyConditionExpression", condition, is_key=True)


def _expression(name: str, condition: ConditionBase, *, is_key: bool) -> dict[str, Any]:
    built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=is_key)
    expression: dict[str, Any] = {
        name: built.condition_expression,
        "ExpressionAttributeNames": dict(built.attribute_name_placeholders),
    }
    if built.attribute_value_placeholders:
        expression["ExpressionAttributeValues"] = _encode(dict(built.attribute_value_placeholders))
    return expression


class _Names:
    """Placeholders for attribute names, `#u0` and on; boto3's condition builder has `#n0`."""

    def __init__(self) -> None:
        self.placeholders: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        placeholder = f"#u{len(self.placeholders)}"
        self.placeholders[placeholder] = name
        return placeholder


class _Values:
    def __init__(self) -> None:
        self.placeholders: dict[str, Any] = {}

    def __getitem__(self, value: Any) -> str:
        placeholder = f":u{len(self.placeholders)}"
        self.placeholders[placeholder] = _serializer.serialize(value)
        return placeholder


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def _encode(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serializer.serialize(value) for name, value in item.items()}


def decode(item: Mapping[str, Any]) -> Item:
    """A row as the table, or its stream, writes it."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    """DynamoDB's numbers as Python's own; nothing is stored that needs more digits than a float has."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value
