"""The environment: what the template declares is what the code reads."""

import ast
import re
from collections.abc import Iterator

from tests.support.house import CONTEXTS, Source, sources, template

READ_BY_LIBRARIES = {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
SET_LOCALLY = {"POWERTOOLS_METRICS_DISABLED"}
QUEUE_NAME = re.compile(rf"({'|'.join(CONTEXTS)})-[a-z]+(-[a-z]+)*")


def test_the_code_reads_only_variables_that_the_template_declares() -> None:
    """A new setting worked on every laptop and was missing in production."""
    assert sorted(_read() - _declared() - SET_LOCALLY) == []


def test_the_template_declares_no_variable_that_nobody_reads() -> None:
    """Operators went on setting a variable that had lost its meaning a year before."""
    queues = {name for name in _declared() if name.startswith(("QUEUE_", "DLQ_"))}
    assert sorted(_declared() - _read() - READ_BY_LIBRARIES - queues) == []


def test_every_queue_the_code_names_is_declared_with_its_dead_letters() -> None:
    """A message was committed for a queue that did not exist; the sweep tried it every minute, for ever."""
    needed = {f"{kind}_{name.upper().replace('-', '_')}" for name in _queue_names() for kind in ("QUEUE", "DLQ")}
    declared = {name for name in _declared() if name.startswith(("QUEUE_", "DLQ_"))}
    assert needed == declared


def test_only_settings_reads_the_environment() -> None:
    """A default deep in a module hid that the variable was not set."""
    readers = [source.name for source in sources("layers", "functions") if "environ" in _attributes(source)]
    assert readers == ["layers/kernel/kernel/settings.py"]


def test_no_function_has_variables_of_its_own() -> None:
    """One process holds all functions on a developer's machine; there one function's variable was another's bug."""
    resources = template()["Resources"].values()
    assert [one["Properties"]["CodeUri"] for one in resources if "Environment" in one.get("Properties", {})] == []


def _declared() -> set[str]:
    return set(template()["Globals"]["Function"]["Environment"]["Variables"])


def _read() -> set[str]:
    return {name for source in sources("layers", "functions") for name in _settings_read(source)}


def _settings_read(source: Source) -> Iterator[str]:
    """The literals of `settings.get("X")`, `settings.secret("X")`, and `get("X")` in settings itself."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="settings"), attr="get" | "secret"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(func=ast.Name(id="get"), args=[ast.Constant(value=str(name))]):
                yield name


def _queue_names() -> set[str]:
    """The literals of `queue="resman-notices"` and of names like `NOTICES_QUEUE = "resman-notices"`."""
    return {name for source in sources("layers", "functions") for name in _queues_of(source)}


def _queues_of(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case (
                ast.keyword(arg="queue", value=ast.Constant(value=str(name)))
                | ast.Call(func=ast.Attribute(attr="queue_url"), args=[ast.Constant(value=str(name))])
                | ast.Assign(value=ast.Constant(value=str(name)))
                | ast.AnnAssign(value=ast.Constant(value=str(name)))
            ) if QUEUE_NAME.fullmatch(name):
                yield name


def _attributes(source: Source) -> set[str]:
    return {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
