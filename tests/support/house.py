"""What the contract tests look at: the template, its functions, and the syntax trees of our code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONTEXTS = ("resman", "immersio")

Resource = dict[str, Any]


@cache
def template() -> dict[str, Any]:
    """`template.yaml` as it is written, `!Ref` and its siblings as mappings."""
    from samtranslator.yaml_helper import yaml_parse

    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


def resources(kind: str) -> dict[str, Resource]:
    """The template's resources of one type, by logical id."""
    return {name: found for name, found in template()["Resources"].items() if found["Type"] == kind}


@cache
def cloudformation() -> dict[str, Any]:
    """What CloudFormation gets to see: the template after the SAM transform."""
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse

    source = yaml_parse((ROOT / "template.yaml").read_text())
    for resource in source["Resources"].values():
        for location in ("CodeUri", "ContentUri"):
            if location in resource.get("Properties", {}):
                resource["Properties"][location] = "s3://packaged/code"
    translator = Translator(
        {LOGS_ONLY.name: LOGS_ONLY.arn}, Parser(), boto_session=boto3.Session(region_name="us-east-1")
    )
    translated: dict[str, Any] = translator.translate(source, parameter_values={})
    return translated


@dataclass(frozen=True)
class ManagedPolicy:
    name: str
    arn: str


LOGS_ONLY = ManagedPolicy(
    "AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
"""The one managed policy SAM gives to every function: it may write its log."""


@dataclass(frozen=True)
class Function:
    logical_id: str
    properties: dict[str, Any]

    @property
    def code_uri(self) -> str:
        return str(self.properties["CodeUri"])

    @property
    def folder(self) -> Path:
        """The place of its handler under functions/, which names everything else about it."""
        return self.handler_file.parent.relative_to(ROOT / "functions")

    @property
    def handler_file(self) -> Path:
        handler = str(self.properties.get("Handler", template()["Globals"]["Function"]["Handler"]))
        return (ROOT / self.code_uri / handler.removesuffix(".handler")).with_suffix(".py")

    @property
    def event_file(self) -> Path:
        return ROOT / "events" / self.folder.with_suffix(".json")

    @property
    def test_file(self) -> Path:
        return ROOT / "tests/functions" / self.folder.with_name(f"test_{self.folder.name}.py")

    @property
    def route(self) -> str | None:
        """`METHOD /path`, or None if no request calls it."""
        return next(
            (f"{event['Properties']['Method']} {event['Properties']['Path']}" for event in self.events("HttpApi")), None
        )

    @property
    def timeout(self) -> int:
        return int(self.properties.get("Timeout", template()["Globals"]["Function"]["Timeout"]))

    def events(self, kind: str) -> Iterator[dict[str, Any]]:
        yield from (event for event in self.properties.get("Events", {}).values() if event["Type"] == kind)

    @property
    def source(self) -> "Source":
        return Source.read(self.handler_file)


@cache
def functions() -> tuple[Function, ...]:
    declared = resources("AWS::Serverless::Function")
    return tuple(Function(name, resource["Properties"]) for name, resource in declared.items())


def queue_consumers() -> Iterator[tuple[str, str]]:
    """Each queue that is read, with the function that reads it."""
    for mapping in resources("AWS::Lambda::EventSourceMapping").values():
        properties = mapping["Properties"]
        if not is_stream(properties):
            yield target_of(properties["EventSourceArn"]), properties["FunctionName"]["Ref"].split(".")[0]


def is_stream(mapping: dict[str, Any]) -> bool:
    return "StreamArn" in mapping["EventSourceArn"]["Fn::GetAtt"]


def target_of(arn: dict[str, Any]) -> str:
    """The logical id behind `!GetAtt Something.Arn`."""
    target: str = arn["Fn::GetAtt"][0]
    return target


def folder_of(route: str) -> Path:
    """The ten-second rule: where the code of a route stands; what all procedures share is named by its parameter."""
    method, path = route.replace("{procedures+}", "procedures").split()
    prefixes = {"/api/trpc/": "", "/api/v1/": "immersio/", "/api/": ""}
    prefix = next(prefix for prefix in prefixes if path.startswith(prefix))
    parts = re.split(r"[/.]", prefixes[prefix] + path.removeprefix(prefix))
    if parts[-1].startswith("{"):
        parts[-1] = {"GET": "get", "PUT": "update", "PATCH": "update", "DELETE": "delete"}[method]
    return Path(*(snake_case(part) for part in parts if not part.startswith("{")))


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()


def logical_id_of(folder: Path) -> str:
    """`resman/tours/book` is ResmanToursBook."""
    return "".join(word.capitalize() for part in folder.parts for word in part.split("_"))


@dataclass(frozen=True)
class Source:
    """A Python file of ours and its syntax tree."""

    path: Path
    tree: ast.Module

    @classmethod
    def read(cls, path: Path) -> "Source":
        return cls(path, ast.parse(path.read_text(), str(path)))

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def imports(self) -> set[str]:
        """Dotted names of all it imports, wherever in the file: `kernel.errors`, `resman.booking`."""
        return {name for node in ast.walk(self.tree) for name in _imported(node)}

    @property
    def docstrings(self) -> set[int]:
        """Ids of the nodes that are prose, after a definition or an attribute."""
        bodies = (getattr(node, "body", None) for node in ast.walk(self.tree))
        statements = (statement for body in bodies if isinstance(body, list) for statement in body)
        return {id(statement.value) for statement in statements if isinstance(statement, ast.Expr)}

    @property
    def texts(self) -> Iterator[tuple[int, str]]:
        """Every string in the code that is not prose, with its line; the fixed parts of f-strings too."""
        prose = self.docstrings
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                yield node.lineno, node.value


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield from (_qualified(module, alias.name) for alias in names)


def _qualified(module: str, name: str) -> str:
    """`from immersio.tenant import service` imports a module, `from resman.model import Tour` a name of one."""
    package = module.split(".", maxsplit=1)[0]
    is_package = package in {"kernel", *CONTEXTS} and (ROOT / "layers" / package / module.replace(".", "/")).is_dir()
    return f"{module}.{name}" if is_package else module


def sources(*folders: str) -> tuple[Source, ...]:
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(Source.read(path) for path in files)
