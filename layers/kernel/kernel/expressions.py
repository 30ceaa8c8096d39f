"""DynamoDB's expressions and its way of writing values; only `kernel.table` speaks to DynamoDB itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]

_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def condition(of: ConditionBase | None) -> dict[str, Any]:
    return {} if of is None else _built("ConditionExpression", of, is_key=False)


def key_condition(of: ConditionBase) -> dict[str, Any]:
    return _built("KeyConditionExpression", of, is_key=True)


def update(set: Mapping[str, Any], add: Mapping[str, int], remove: tuple[str, ...]) -> dict[str, Any]:
    """An update of some attributes, with placeholders that never meet those of a condition."""
    names, values = _Names(), _Values()
    clauses = {
        "SET": [f"{names[name]} = {values[value]}" for name, value in set.items()],
        "ADD": [f"{names[name]} {values[amount]}" for name, amount in add.items()],
        "REMOVE": [names[name] for name in remove],
    }
    return {
        "UpdateExpression": " ".join(f"{verb} {', '.join(terms)}" for verb, terms in clauses.items() if terms),
        "ExpressionAttributeNames": names.placeholders,
        **({"ExpressionAttributeValues": values.placeholders} if values.placeholders else {}),
    }


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two expressions of one request with the placeholders of both."""
    placeholders = {
        name: {**one.get(name, {}), **other.get(name, {})}
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues")
    }
    return {**one, **other, **{name: found for name, found in placeholders.items() if found}}


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serializer.serialize(value) for name, value in item.items()}


def decode(item: Mapping[str, Any]) -> Item:
    """A row as the table, or its stream, writes it."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def _built(name: str, condition: ConditionBase, *, is_key: bool) -> dict[str, Any]:
    built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=is_key)
    expression: dict[str, Any] = {
        name: built.condition_expression,
        "ExpressionAttributeNames": dict(built.attribute_name_placeholders),
    }
    if built.attribute_value_placeholders:
        expression["ExpressionAttributeValues"] = encode(dict(built.attribute_value_placeholders))
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
