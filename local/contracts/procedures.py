"""Every procedure: who may call it, what it takes, gives and refuses with."""

import inspect
from typing import Any

from kernel.limits import Limit
from kernel.trpc import Procedure
from kernel.trpc_fields import Nothing
from local.contracts import examples
from local.contracts.declared import procedures, said_by
from local.contracts.schemas import Made, Schema, generate

DESCRIPTION = """\
Each procedure of tRPC below /api/trpc/, with its input and output as they look in `json` of superjson's envelope,
{"json": …, "meta": {"values": {…}}}: null where nothing is taken or given. What has `"format": "date-time"` is a Date:
its text is ISO 8601 in UTC with milliseconds, and `meta.values` has ["Date"] at its path, such as
{"startsAt": ["Date"]}. Text without that mark is refused where a Date is asked for. `appCode` is what
`error.json.data.appCode` may be."""
NULL = {"type": "null"}


def document() -> dict[str, Any]:
    """A schema as a whole, so that generators of types make one of each procedure."""
    made, definitions = generated("#/$defs/{model}")
    for one in procedures():
        if taken := input_of(one, made):
            definitions[taken["$ref"].rpartition("/")[2]]["examples"] = [examples.given(one)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Procedures",
        "description": " ".join(DESCRIPTION.split()),
        **_object({one.name: _described(one, made) for one in procedures()}),
        "$defs": definitions,
    }


def generated(template: str) -> tuple[Made, Schema]:
    inputs = [one.input for one in procedures() if one.input is not Nothing]
    return generate(inputs, [one.output for one in procedures() if one.output is not None], template)


def callers(procedure: Procedure) -> str:
    """Who may call it, in the words of its caller's class."""
    return " ".join((inspect.getdoc(procedure.caller) or procedure.caller.__name__).split())


def limits(procedure: Procedure) -> list[Limit]:
    return [limit for limit in (procedure.caller.limit, procedure.limit) if limit]


def input_of(procedure: Procedure, made: Made) -> Schema | None:
    return None if procedure.input is Nothing else made[procedure.input, "validation"]


def output_of(procedure: Procedure, made: Made) -> Schema | None:
    return None if procedure.output is None else made[procedure.output, "serialization"]


def at_most(procedure: Procedure) -> str:
    """How often it may be called, and how much may be sent."""
    rates = [f"{limit.requests:,} in {limit.window_seconds:,} seconds" for limit in limits(procedure)]
    return f"At most {'; of these calls '.join(rates)}, of {procedure.largest_body:,} bytes each."


def _described(procedure: Procedure, made: Made) -> Schema:
    described = {
        "kind": {"type": "string", "const": procedure.kind},
        "input": input_of(procedure, made) or NULL,
        "output": output_of(procedure, made) or NULL,
        "appCode": {"type": "string", "enum": [error.code for error in procedure.errors]},
    }
    says = f"{said_by(procedure)[0]} For: {callers(procedure)} {at_most(procedure)}"
    return {"description": says, **_object(described)}


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
