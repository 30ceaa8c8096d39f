"""Every procedure: who may call it, what it takes, gives and refuses with."""

import inspect
from typing import Any

from kernel.limits import Limit
from kernel.trpc import Procedure
from kernel.trpc_fields import Nothing
from local.contracts.declared import procedures, said_by
from local.contracts.schemas import Made, Schema, generate

DESCRIPTION = """\
Each procedure of tRPC below /api/trpc/, with JSON Schemas of its input and output as they look in `json` of superjson's
envelope, {"json": …, "meta": {"values": {…}}}. What has `"format": "date-time"` is a Date: its text is ISO 8601 in UTC
with milliseconds, and `meta.values` has ["Date"] at its path, such as {"startsAt": ["Date"]}. Text without that mark is
refused where a Date is asked for. `input` is null where nothing is taken, `output` where nothing is given. `errors` are
the values of `error.json.data.appCode`."""


def document() -> dict[str, Any]:
    made, definitions = generated("#/$defs/{model}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Procedures",
        "description": " ".join(DESCRIPTION.split()),
        "procedures": {one.name: _described(one, made) for one in procedures()},
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


def _described(procedure: Procedure, made: Made) -> dict[str, Any]:
    return {
        "kind": procedure.kind,
        "description": said_by(procedure)[0],
        "caller": callers(procedure),
        "limits": [{"requests": limit.requests, "windowSeconds": limit.window_seconds} for limit in limits(procedure)],
        "largestBody": procedure.largest_body,
        "errors": [error.code for error in procedure.errors],
        "input": input_of(procedure, made),
        "output": output_of(procedure, made),
    }
