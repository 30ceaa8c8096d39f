"""JSON Schemas of our models, with the words that stand below their fields, and without what would mislead."""

import ast
import importlib
import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Mode = Literal["validation", "serialization"]
Schema = dict[str, Any]
Made = dict[tuple[Any, Mode], Schema]


def generate(inputs: Iterable[Any], outputs: Iterable[Any], template: str) -> tuple[Made, Schema]:
    """The schema of each type in its mode, and the definitions that they refer to as `template` says."""
    adapted: list[tuple[Any, Mode, TypeAdapter[Any]]] = [
        *((of, "validation", TypeAdapter(of)) for of in dict.fromkeys(inputs)),
        *((of, "serialization", TypeAdapter(of)) for of in dict.fromkeys(outputs)),
    ]
    made, rest = TypeAdapter.json_schemas(adapted, ref_template=template, schema_generator=Generator)
    return dict(made), rest.get("$defs", {})


BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
"""pydantic's own words, in which it leaves a bound that is checked after a function of ours."""


class Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, _schema: Any) -> bool:
        """A title that only spells the name again says nothing."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Without a default that stands for `not given`: nobody may send it, and no answer has it."""
        described = super().default_schema(schema)
        if "default" in described and (self.mode == "serialization" or not _can_be_sent(described)):
            described.pop("default")
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        names = {field.alias or name: name for name, field in model.model_fields.items()}
        words = _words(model)
        for alias, property in described.get("properties", {}).items():
            _name_bounds(property)
            if (said := words.get(names.get(alias, alias))) and "description" not in property:
                property["description"] = said
        return described


def _name_bounds(described: JsonSchemaValue) -> None:
    for ours, theirs in BOUNDS.items():
        if ours in described:
            described[theirs] = described.pop(ours)
    for inner in (*described.get("anyOf", []), *filter(None, [described.get("items")])):
        _name_bounds(inner)


def _can_be_sent(described: JsonSchemaValue) -> bool:
    default = described["default"]
    if default is None:
        return {"type": "null"} in described.get("anyOf", [])
    is_date = described.get("format") == "date-time"
    return not is_date and (default in described["enum"] if "enum" in described else True)


@cache
def _words(model: type[BaseModel]) -> dict[str, str]:
    """What is written below the fields of a model and of those it is made of."""
    words: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            words |= _written(base.__module__).get(base.__qualname__, {})
    return words


@cache
def _written(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {node.name: _below_fields(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _below_fields(node: ast.ClassDef) -> dict[str, str]:
    words = {}
    for field, after in zip(node.body, node.body[1:], strict=False):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                words[name] = " ".join(said.split())
    return words
