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
WHOLE_OR_NOT = [{"type": "integer"}, {"type": "number"}]


class Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, _schema: Any) -> bool:
        """A title that only spells the name again says nothing."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Without a default that stands for `not given`; of an answer it is left out, and so is never null either."""
        described = super().default_schema(schema)
        default = described.pop("default", None)
        if self.mode == "serialization":
            return _without_null(described) if default is None else described
        return {**described, "default": default} if _says_something(default, described) else described

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
        """Whole numbers are numbers."""
        described = super().union_schema(schema)
        return {"type": "number"} if described == {"anyOf": WHOLE_OR_NOT} else described

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


def _says_something(default: Any, described: JsonSchemaValue) -> bool:
    """What is empty stands for `not given`, as do words and dates that nobody may send."""
    is_date = described.get("format") == "date-time"
    return default not in (None, "", []) and not is_date and default in described.get("enum", [default])


def _without_null(described: JsonSchemaValue) -> JsonSchemaValue:
    match described:
        case {"anyOf": [kind, {"type": "null"}], **rest}:
            return {**kind, **rest}
    return described


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
