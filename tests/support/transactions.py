"""Moto's transactions made quick: it copies the whole table for each of their actions, most of the time of a test.

Only the rows that a transaction names can change. These are copied, and put back if it comes to nothing.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_transact = DynamoDBBackend.transact_write_items
Place = tuple[Any, DynamoType, DynamoType]


@contextmanager
def quick() -> Iterator[None]:
    with (
        patch.object(Table, "__deepcopy__", lambda table, _memo: table, create=True),
        patch.object(DynamoDBBackend, "transact_write_items", _written_or_put_back),
    ):
        yield


def _written_or_put_back(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    places = [_place(backend, operation) for action in transact_items for operation in action.values()]
    before = [(place, copy.deepcopy(_row(place))) for place in places]
    try:
        _transact(backend, transact_items)
    except Exception:
        for place, row in before:
            _put_back(place, row)
        raise


def _place(backend: Any, operation: dict[str, Any]) -> Place:
    table = backend.get_table(operation["TableName"])
    key = operation.get("Key") or operation["Item"]
    return table, DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])


def _row(place: Place) -> Any:
    table, partition, sort = place
    return table.get_item(partition, sort)


def _put_back(place: Place, row: Any) -> None:
    table, partition, sort = place
    if row is not None:
        table.items[partition][sort] = row
    elif partition in table.items:
        table.items[partition].pop(sort, None)
