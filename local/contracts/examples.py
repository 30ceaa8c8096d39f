"""Requests and answers as they look: requests are the sample events', which tests keep valid; answers are composed.

An answer is what its schema says, field by field, in the words of `local.contracts.words`; so a new field needs
one word at the most, and whoever adds it is told so.
"""

import json
from collections.abc import Iterator
from typing import Any

from kernel.http import Endpoint
from kernel.trpc import Procedure
from local.contracts.declared import folder_of
from local.contracts.schemas import Schema
from local.contracts.words import WORDS
from local.template import ROOT

UNSAID: Any = object()
SENT_AS = {"path": "pathParameters", "query": "queryStringParameters"}


def body(endpoint: Endpoint) -> Any:
    return json.loads(_sample(endpoint)["body"])


def parameter(endpoint: Endpoint, place: str, name: str) -> dict[str, Any]:
    """Nothing where the sample event leaves it out."""
    sent = _sample(endpoint).get(SENT_AS[place], {})
    return {"example": sent[name]} if name in sent else {}


def given(procedure: Procedure) -> Any:
    """As it looks in `json` of superjson's envelope."""
    event = _sample(procedure)
    return json.loads(event["body"] if "body" in event else event["queryStringParameters"]["input"])["json"]


class Answers:
    """`definitions` are what `$ref`s lead to."""

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def of(self, schema: Schema, word: Any = UNSAID, where: str = "") -> Any:
        match schema:
            case {"$ref": str(reference)}:
                return self.of(self._definitions[reference.rpartition("/")[2]], word, where)
            case {"anyOf": [kind, {"type": "null"}]}:
                return None if word in (UNSAID, None) else self.of(kind, word, where)
            case {"properties": dict()}:
                return dict(self._fields(schema, {} if word is UNSAID else word))
            case {"type": "array", "items": dict(items)}:
                return [self.of(items, one, where) for one in ([UNSAID] if word is UNSAID else word)]
            case {"type": "object", "additionalProperties": dict(values)} if word is not UNSAID:
                return {name: self.of(values, one, where) for name, one in word.items()}
        return _said(schema, where) if word is UNSAID else word

    def _fields(self, schema: Schema, words: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, field in schema["properties"].items():
            word = words.get(name, WORDS.get(f"{schema['title']}.{name}", WORDS.get(name, UNSAID)))
            if word is not UNSAID or name in schema.get("required", ()):
                yield name, self.of(field, word, f"{schema['title']}.{name}")


def _said(schema: Schema, where: str) -> Any:
    """What needs no word."""
    match schema:
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"type": "boolean"}:
            return True
    raise LookupError(f"{where} needs a word in local/contracts/words.py")


def _sample(declared: Endpoint | Procedure) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / folder_of(declared)).with_suffix(".json").read_text())
    return event
