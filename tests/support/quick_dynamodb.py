"""Moto's DynamoDB made quick, where most of the time of a test goes.

Moto copies the whole table for each action of a transaction; but only the rows that a transaction names can change, so
these are copied, and put back if it comes to nothing. And it writes each value of an answer piece by piece, though it
keeps them as they go over the wire.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_transact = DynamoDBBackend.transact_write_items
_serialize = BaseJSONSerializer._serialize_type_structure
Place = tuple[Any, DynamoType, DynamoType]


@contextmanager
def quick() -> Iterator[None]:
    with (
        patch.object(Table, "__deepcopy__", lambda table, _memo: table, create=True),
        patch.object(DynamoDBBackend, "transact_write_items", _written_or_put_back),
        patch.object(BaseJSONSerializer, "_serialize_type_structure", _values_as_they_are),
    ):
        yield


def _values_as_they_are(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue" and type(value) is dict:
        serialized[key] = value
    else:
        _serialize(serializer, serialized, value, shape, key)


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
