"""The single table: reads, and writes that are all or nothing.

Conflicts between transactions and throttling are waited out (`kernel.patience`), so that a caller only ever learns of
a condition that truly failed (INV-05).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import ConditionBase
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kernel import expressions, settings
from kernel.errors import TemporarilyUnavailable
from kernel.expressions import encode
from kernel.keys import Key
from kernel.patience import WORTH_RETRYING, Contention, patiently
from kernel.telemetry import logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = expressions.Item
decode = expressions.decode


class ConditionFailed(Exception):
    """A condition did not hold, so nothing was written. `found` has the row that stood in the way, by action."""

    def __init__(self, found: Mapping[int, Item | None]) -> None:
        super().__init__(f"condition of action {', '.join(map(str, found))} failed")
        self.found = found

    def failed(self, action: int) -> bool:
        return action in self.found


@dataclass(frozen=True, kw_only=True)
class Put:
    """Write a whole row; without a condition, whatever stood there is replaced."""

    item: Item
    condition: ConditionBase | None = None

    def request(self) -> dict[str, Any]:
        return {"Put": {"Item": encode(self.item), **expressions.condition(self.condition)}}


@dataclass(frozen=True, kw_only=True)
class Update:
    """Change some attributes of a row; the row is made if it is not there and the condition allows it."""

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    condition: ConditionBase | None = None

    def request(self) -> dict[str, Any]:
        changed = expressions.update(self.set, self.add, self.remove)
        guarded = expressions.merged(changed, expressions.condition(self.condition))
        return {"Update": {"Key": encode(self.key._asdict()), **guarded}}


@dataclass(frozen=True, kw_only=True)
class Delete:
    key: Key
    condition: ConditionBase | None = None

    def request(self) -> dict[str, Any]:
        return {"Delete": {"Key": encode(self.key._asdict()), **expressions.condition(self.condition)}}


@dataclass(frozen=True, kw_only=True)
class Check:
    """Change nothing, but only go on where the condition holds."""

    key: Key
    condition: ConditionBase

    def request(self) -> dict[str, Any]:
        return {"ConditionCheck": {"Key": encode(self.key._asdict()), **expressions.condition(self.condition)}}


Action = Put | Update | Delete | Check
MOST_ACTIONS = 100
"""DynamoDB takes so many in one transaction."""
_MOST_KEYS = 100
_LARGEST_LIMIT = 2**31 - 1
"""DynamoDB reads a limit as a number of 32 bits; somebody may ask for a page that lies further back."""


def get(key: Key) -> Item | None:
    """One row, as it stands after every write that was answered before."""
    answer = patiently(
        lambda: client().get_item(TableName=settings.table_name(), Key=encode(key._asdict()), ConsistentRead=True)
    )
    return decode(answer["Item"]) if "Item" in answer else None


def get_all(keys: Iterable[Key]) -> dict[Key, Item]:
    """Several rows at once, those there are, each as it stands after every write that was answered before."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, Item] = {}
    for start in range(0, len(wanted), _MOST_KEYS):
        for row in patiently(partial(_batch, wanted[start : start + _MOST_KEYS])):
            found[Key(row["pk"], row["sk"])] = row
    return found


def query(
    condition: ConditionBase, *, index: str | None = None, limit: int | None = None, descending: bool = False
) -> Iterator[Item]:
    """Rows under one partition key in order, page after page; strongly consistent unless read through an index."""
    request: dict[str, Any] = {
        "TableName": settings.table_name(),
        **expressions.key_condition(condition),
        "ScanIndexForward": not descending,
        **({"IndexName": index} if index else {"ConsistentRead": True}),
        **({"Limit": min(limit, _LARGEST_LIMIT)} if limit else {}),
    }
    left = limit
    while True:
        page = patiently(lambda: client().query(**request))
        for row in page["Items"][:left]:
            yield decode(row)
        left = None if left is None else left - len(page["Items"])
        if "LastEvaluatedKey" not in page or (left is not None and left <= 0):
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def count(condition: ConditionBase, *, index: str) -> int:
    """How many rows an index has under one partition key; they are read there, but not sent."""
    request: dict[str, Any] = {
        "TableName": settings.table_name(),
        **expressions.key_condition(condition),
        "IndexName": index,
        "Select": "COUNT",
    }
    total = 0
    while True:
        page = patiently(lambda: client().query(**request))
        total += page["Count"]
        if "LastEvaluatedKey" not in page:
            return total
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def write(*actions: Action) -> None:
    """Do all of it or nothing. Raises `ConditionFailed`, with the rows that stood in the way."""
    requests = [_with_table(action.request()) for action in actions]
    patiently(lambda: _transact(requests))


def change(update: Update) -> Item:
    """Change one row outside of any transaction and return it as it is then.

    Such changes of one row wait for each other instead of being refused, so this is for rows that many want at once.
    An answer that is lost is asked for again: the condition must fail where the change was made already, and the
    caller look for its own in the row that `ConditionFailed` found.
    """
    request: Any = _with_table(update.request())["Update"]
    answer = patiently(lambda: _change(request))
    return decode(answer["Attributes"])


def increment(key: Key, attribute: str) -> int:
    """Count one up and return the new count; for counters where an odd miscount does no harm."""
    answer = _update(Update(key=key, add={attribute: 1}))
    return int(decode(answer["Attributes"])[attribute])


def try_increment(key: Key, attribute: str, by: int, *, expires_at: int) -> int | None:
    """Count up and return the new count; None where the table does not take it, and nobody waits until it does."""
    request = Update(key=key, add={attribute: by}, set={"ttl": expires_at}).request()["Update"]
    try:
        answer = client().update_item(TableName=settings.table_name(), ReturnValues="UPDATED_NEW", **request)
        return int(decode(answer["Attributes"])[attribute])
    except (ClientError, BotoCoreError, KeyError) as error:  # an answer without a count is not DynamoDB's
        logger.warning("not counted", extra={"sk": key.sk, "counters": [attribute], "reason": repr(error)})
        return None


def tally(key: Key, add: Mapping[str, int], set: Mapping[str, Any]) -> None:
    """Add to counters outside of any transaction; where too many write at once it is left out, and logged."""
    try:
        _update(Update(key=key, add=add, set=set))
    except TemporarilyUnavailable:
        logger.warning("not counted, the row is too busy", extra={"sk": key.sk, "counters": sorted(add)})


@cache
def client() -> "DynamoDBClient":
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=50,
    )
    return boto3.client("dynamodb", config=config)


def _batch(wanted: list[Key]) -> list[Item]:
    """All of these rows; DynamoDB leaves some out when they are too large together, or when it is too busy."""
    name, rows = settings.table_name(), list[Item]()
    left: Any = [encode(key._asdict()) for key in wanted]
    while left:
        answer = client().batch_get_item(RequestItems={name: {"Keys": left, "ConsistentRead": True}})
        read = answer["Responses"].get(name, [])
        left = answer["UnprocessedKeys"][name]["Keys"] if answer["UnprocessedKeys"] else []
        if left and not read:
            raise Contention
        rows.extend(map(decode, read))
    return rows


def _update(update: Update) -> Any:
    request = update.request()["Update"]
    return patiently(
        lambda: client().update_item(TableName=settings.table_name(), ReturnValues="UPDATED_NEW", **request)
    )


def _change(request: Any) -> Any:
    try:
        return client().update_item(**request, ReturnValues="ALL_NEW")
    except client().exceptions.ConditionalCheckFailedException as error:
        found: Any = error.response.get("Item")
        raise ConditionFailed({0: decode(found) if found else None}) from error


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
        if any(reason.get("Code") in WORTH_RETRYING for reason in reasons):
            raise Contention from error
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
