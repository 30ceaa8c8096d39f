"""Who may know whom. Each arrow that is missing here is one that would have to be unlearned later."""

import sys

import pytest

from tests.support.house import CONTEXTS, ROOT, Source, sources

AWS_AND_HTTP = {"boto3", "botocore", "http", "kernel.http"}
MODELS, STORES = {"model", "plan", "property"}, {"store", "directory"}
SHAPES = {*MODELS, "schemas", "callers", "views"}
"""What comes in, who calls, and what goes out."""
PURE = {"pydantic", "kernel.clock", "kernel.errors", "kernel.fields"}

LAYERS = sources("layers")
CONTEXT_LAYERS = [f"layers/{context}" for context in CONTEXTS]
HANDLERS = sources("functions")


def named(source: Source) -> str:
    return source.name


@pytest.mark.parametrize("source", [one for one in LAYERS if one.path.stem in MODELS], ids=named)
def test_a_model_knows_only_python_pydantic_the_clock_and_errors(source: Source) -> None:
    """A rule about refunds could be tested only with a database running."""
    allowed = {*PURE, *sys.stdlib_module_names}
    strangers = {name for name in source.imports if not _is_one_of(name, allowed) and not _is_own_model(source, name)}
    assert strangers == set()


@pytest.mark.parametrize("source", LAYERS, ids=named)
def test_a_context_knows_itself_and_the_kernel(source: Source) -> None:
    """Tours imported workshops for one helper; after a year neither could be changed alone."""
    allowed = {"kernel", _layer(source)}
    ours = {name for name in source.imports if _root(name) in {"kernel", *CONTEXTS, "local", "tests", "functions"}}
    assert {name for name in ours if _root(name) not in allowed} == set()


@pytest.mark.parametrize("source", [one for one in sources(*CONTEXT_LAYERS) if one.path.stem not in STORES], ids=named)
def test_rules_and_services_know_neither_aws_nor_the_edge(source: Source) -> None:
    """A status code chosen deep in a service was wrong for the worker that used the service next."""
    assert {name for name in source.imports if _is_one_of(name, AWS_AND_HTTP)} == set()
    assert [line for line, text in source.texts if text == "statusCode"] == []


@pytest.mark.parametrize("source", HANDLERS, ids=named)
def test_a_handler_knows_the_edge_the_shapes_and_one_use_case(source: Source) -> None:
    """A handler grew a second use case, a transaction and a bug that no service test could see."""
    strangers = {name for name in source.imports if _root(name) not in {"kernel", *CONTEXTS, *sys.stdlib_module_names}}
    assert strangers == set()
    use_cases = {use_case for name in source.imports if (use_case := _use_case(name))}
    assert len(use_cases) <= 1, f"{source.name} knows {sorted(use_cases)}"


@pytest.mark.parametrize("source", HANDLERS, ids=named)
def test_a_handler_belongs_to_one_context(source: Source) -> None:
    """A function of one context carried the other's layer, and its start-up time."""
    folder = source.path.relative_to(ROOT).parts[1]
    context = {"viewer": "immersio"}.get(folder, folder)
    assert {_root(name) for name in source.imports} & set(CONTEXTS) <= {context}


@pytest.mark.parametrize("source", HANDLERS, ids=named)
def test_a_handler_fits_on_a_screen(source: Source) -> None:
    """The function was read from its file; half of what it did stood below the fold."""
    assert len(source.path.read_text().splitlines()) <= 30


def _layer(source: Source) -> str:
    return source.path.relative_to(ROOT).parts[1]


def _root(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def _is_one_of(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


def _is_own_model(source: Source, name: str) -> bool:
    """One aggregate's model may use another's of the same context."""
    return _root(name) == _layer(source) and not MODELS.isdisjoint(name.split("."))


def _use_case(name: str) -> str | None:
    """`booking` of `resman.booking`, `tenant.service` of `immersio.tenant.service`; None for a shape or the kernel."""
    context, *parts = name.split(".")
    return ".".join(parts) if context in CONTEXTS and parts and not SHAPES & set(parts) else None
