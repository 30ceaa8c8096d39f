"""Reads `template.yaml`: which functions there are, and what calls each of them."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local import cloudformation
from local.cloudformation import Expression

ROOT = Path(__file__).resolve().parent.parent


class NotImitated(Exception):
    """The template uses something of AWS that the local stack does not have: better no start than another behaviour."""


SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Function:
    logical_id: str
    folder: Path
    handler: str
    timeout_seconds: int
    memory_mb: int
    environment: dict[str, Expression]

    @property
    def source(self) -> Path:
        return self.folder / (self.handler.rpartition(".")[0].replace(".", "/") + ".py")

    @property
    def entry_point(self) -> str:
        return self.handler.rpartition(".")[2]


@dataclass(frozen=True)
class Route:
    function: Function
    method: str
    path: str

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class QueueSource:
    function: Function
    queue: Expression
    batch_size: int
    reports_item_failures: bool


@dataclass(frozen=True)
class StreamSource:
    function: Function
    stream: Expression
    batch_size: int
    reports_item_failures: bool
    patterns: tuple[dict[str, Any], ...]
    retries: int
    """-1: until the records expire."""
    on_failure: Expression | None


@dataclass(frozen=True)
class ScheduleSource:
    function: Function
    name: str
    every_seconds: float
    input: str | None


@dataclass(frozen=True)
class Template:
    body: dict[str, Any]
    functions: dict[str, Function] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    queues: list[QueueSource] = field(default_factory=list)
    streams: list[StreamSource] = field(default_factory=list)
    schedules: list[ScheduleSource] = field(default_factory=list)

    def environment(self) -> dict[str, Expression]:
        """Every variable of every function; they share one process here, so one name has one value."""
        merged: dict[str, Expression] = {}
        for function in self.functions.values():
            for name, value in function.environment.items():
                if merged.setdefault(name, value) != value:
                    raise ValueError(f"{function.logical_id} gives {name} another value than a function before it")
        return merged

    def expressions(self) -> list[Expression]:
        """All that has to be looked up in the deployed stack."""
        destinations = [stream.on_failure for stream in self.streams if stream.on_failure]
        sources = [source.queue for source in self.queues] + [source.stream for source in self.streams]
        return [*self.environment().values(), *sources, *destinations]

    def cors(self, trusted_origins: str) -> dict[str, Any]:
        """The API's CORS configuration, of the two the one that holds with these front ends (none: any page)."""
        ((_, api),) = _of_type(self.body, "AWS::Serverless::HttpApi")
        _, with_front_ends, without = api["CorsConfiguration"]["Fn::If"]
        return with_front_ends | {"allowOrigins": trusted_origins.split()} if trusted_origins else dict(without)


def read(path: Path = ROOT / "template.yaml") -> Template:
    template = Template(cloudformation.load(path.read_text()))
    shared = template.body.get("Globals", {}).get("Function", {})
    for logical_id, properties in _of_type(template.body, "AWS::Serverless::Function"):
        template.functions[logical_id] = _function(logical_id, properties, shared, path.parent)
        for name, event in properties.get("Events", {}).items():
            _add_event(template, template.functions[logical_id], name, event["Type"], event["Properties"])
    for _, properties in _of_type(template.body, "AWS::Lambda::EventSourceMapping"):
        _add_mapping(template, properties)
    return template


def _of_type(body: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    resources = body["Resources"].items()
    return [(name, resource.get("Properties", {})) for name, resource in resources if resource["Type"] == kind]


def _function(logical_id: str, declared: dict[str, Any], shared: dict[str, Any], root: Path) -> Function:
    merged = {**shared, **declared}
    return Function(
        logical_id=logical_id,
        folder=root / merged["CodeUri"],
        handler=merged["Handler"],
        timeout_seconds=merged.get("Timeout", 3),
        memory_mb=merged.get("MemorySize", 128),
        environment={**_variables(shared), **_variables(declared)},
    )


def _variables(properties: dict[str, Any]) -> dict[str, Expression]:
    return dict(properties.get("Environment", {}).get("Variables", {}))


def _add_event(template: Template, function: Function, name: str, kind: str, properties: dict[str, Any]) -> None:
    match kind:
        case "HttpApi":
            template.routes.append(Route(function, properties["Method"].upper(), properties["Path"]))
        case "ScheduleV2":
            every = _seconds(properties["ScheduleExpression"])
            template.schedules.append(ScheduleSource(function, name, every, properties.get("Input")))
        case _:
            raise NotImitated(f"{function.logical_id}: the local stack does not know the event type {kind}")


def _add_mapping(template: Template, properties: dict[str, Any]) -> None:
    """An event source mapping reads the stream of a table or, otherwise, a queue."""
    [name] = cloudformation.references(properties["FunctionName"])
    function = template.functions[name.partition(".")[0]]
    match properties["EventSourceArn"]:
        case {"Fn::GetAtt": [_, "StreamArn"]}:
            template.streams.append(_stream(function, properties))
        case _:
            template.queues.append(_queue(function, properties))


def _queue(function: Function, properties: dict[str, Any]) -> QueueSource:
    return QueueSource(
        function,
        queue=properties["EventSourceArn"],
        batch_size=properties.get("BatchSize", 10),
        reports_item_failures=_reports_item_failures(properties),
    )


def _stream(function: Function, properties: dict[str, Any]) -> StreamSource:
    filters = properties.get("FilterCriteria", {}).get("Filters", [])
    return StreamSource(
        function,
        stream=properties["EventSourceArn"],
        batch_size=properties.get("BatchSize", 100),
        reports_item_failures=_reports_item_failures(properties),
        patterns=tuple(json.loads(one["Pattern"]) for one in filters),
        retries=properties.get("MaximumRetryAttempts", -1),
        on_failure=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
    )


def _reports_item_failures(properties: dict[str, Any]) -> bool:
    return "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])


def _seconds(schedule: str) -> float:
    """What is due once a day is due a day after the stack has started, and as all schedules right at its start."""
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", schedule):
        return SECONDS["day"]
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule)
    if not found:
        raise NotImitated(f"schedule {schedule!r}: only rate(…) and once a day run locally")
    return int(found[1]) * SECONDS[found[2]]
