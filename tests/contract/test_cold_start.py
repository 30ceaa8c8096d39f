"""What a function loads before it can answer its first request."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.house import ROOT, Function, functions, template

HEAVY = {"jinja2", "icalendar", "stripe", "requests", "cryptography", "xmltodict"}

RESMAN_CALLERS = {
    "ResmanToursAvailability",
    "ResmanToursBook",
    "ResmanToursUpdate",
    "ResmanWebhooksTourUpdate",
    "ResmanWorkersPollResman",
    "ResmanWorkersSyncTour",
}
MAY_LOAD = {
    **{caller: {"requests", "xmltodict"} for caller in RESMAN_CALLERS},
    "ResmanWorkersDeliverWebhook": {"requests"},
    "ResmanWorkersSendNotice": {"jinja2", "icalendar"},
}

LOAD = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("handler", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.logical_id)
def test_a_function_loads_only_the_heavy_packages_it_uses(function: Function) -> None:
    """One import in a shared module added 300 ms to the first request of every function."""
    assert _loaded(function) & HEAVY - _may_load(function) == set()


def _may_load(function: Function) -> set[str]:
    """Every procedure opens the caller's session cookie."""
    return {"cryptography"} if _is_procedure(function) else MAY_LOAD.get(function.logical_id, set())


def _is_procedure(function: Function) -> bool:
    return function.route is not None and " /api/trpc/" in function.route


def _loaded(function: Function) -> set[str]:
    layers = [str(ROOT / "layers" / name) for name in ("kernel", "resman", "immersio")]
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    environment = {**os.environ, **dict.fromkeys(variables, "unset"), "PYTHONPATH": os.pathsep.join(layers)}
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOAD, str(function.handler_file)],
        capture_output=True,
        check=False,
        text=True,
        env={**environment, "LOG_LEVEL": "INFO"},
    )
    assert loaded.returncode == 0, loaded.stderr
    return set(json.loads(loaded.stdout))
