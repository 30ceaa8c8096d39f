"""What a function loads before it can answer its first request."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.house import ROOT, Function, functions, template

HEAVY = {"jinja2", "icalendar", "stripe", "requests", "cryptography", "xmltodict", "PIL", "multipart"}

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
    "ImmersioLandingUploadAsset": {"cryptography", "PIL"},
    "ImmersioOauthImmersioCallback": {"cryptography", "requests"},
    "ImmersioOauthImmersioLogin": {"cryptography", "requests"},
    "ImmersioPublicBookingsCalendarIcs": {"icalendar"},
    "ImmersioPublicInvitesAccept": {"cryptography"},
    "ImmersioWorkersDeliverWebhook": {"requests"},
    "ImmersioWorkersSendNotice": {"jinja2", "icalendar"},
    "ImmersioWorkersSyncCourses": {"requests"},
    "ResmanWorkersDeliverWebhook": {"requests"},
    "ResmanWorkersSendNotice": {"jinja2", "icalendar"},
}

LOAD = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("handler", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


IMPORT_AS_LAMBDA_DOES = """
import importlib, json
handler = importlib.import_module("procedures/handler".replace("/", ".")).handler
event = {
    "rawPath": "/api/trpc/immersio.tenant.get",
    "headers": {},
    "requestContext": {"http": {"method": "POST"}},
}
assert handler(event, None)["statusCode"] == 415
import kernel, immersio
print(json.dumps([kernel.__file__, immersio.__file__]))
"""


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.logical_id)
def test_a_function_loads_only_the_heavy_packages_it_uses(function: Function) -> None:
    """One import in a shared module added 300 ms to the first request of every function."""
    assert _loaded(function) & HEAVY - _may_load(function) == set()


def test_batches_find_our_packages_in_the_layers() -> None:
    """In the package of all procedures `immersio` and `resman` are folders of handlers, and it comes first on the path.

    Lambda imports the handler by the name in the template, from /var/task, before /opt/python.
    """
    found = _run(IMPORT_AS_LAMBDA_DOES, first=ROOT / "functions")
    assert found == [ROOT.joinpath("layers", name, name, "__init__.py").as_posix() for name in ("kernel", "immersio")]


def _may_load(function: Function) -> set[str]:
    """Every procedure opens the caller's session cookie."""
    return MAY_LOAD.get(function.logical_id, {"cryptography"} if _is_procedure(function) else set())


def _is_procedure(function: Function) -> bool:
    return function.route is not None and " /api/trpc/" in function.route


def _loaded(function: Function) -> set[str]:
    return set(_run(LOAD, str(function.handler_file), first=function.handler_file.parent))


def _run(program: str, *arguments: str, first: Path) -> list[str]:
    """What a new process prints that has a function's package on its path, and then the layers."""
    layers = [str(ROOT / "layers" / name) for name in ("kernel", "resman", "immersio")]
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    environment = {
        **os.environ,
        **dict.fromkeys(variables, "unset"),
        "PYTHONPATH": os.pathsep.join([str(first), *layers]),
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**environment, "LOG_LEVEL": "INFO"},
    )
    assert ran.returncode == 0, ran.stderr
    printed: list[str] = json.loads(ran.stdout)
    return printed
