"""The packages we stand on: named once, in exact versions, each for a reason."""

import re
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from tests.support.house import ROOT, sources

PINNED = re.compile(r"([A-Za-z0-9_.-]+)(\[[a-z0-9,-]+\])?==([0-9][0-9A-Za-z.+-]*)")
FILES = sorted([*ROOT.glob("requirements*.txt"), ROOT / "layers/dependencies/requirements.txt"])
BROUGHT_ALONG = {
    "botocore": "boto3",
    "cryptography": "pyjwt",
    "email-validator": "pydantic",
    "pydantic-core": "pydantic",
    "urllib3": "requests",
}
"""What a package we name brings along, and may be imported with it."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_version_is_exact(path: Path) -> None:
    """A release of a package on a Friday evening changed what had been tested that morning."""
    assert [line for line in _requirements(path) if not PINNED.fullmatch(line)] == []


def test_every_package_in_production_has_its_reason() -> None:
    """Ten megabytes of a package that nobody could remember the use of started with every function."""
    lines = (ROOT / "layers/dependencies/requirements.txt").read_text().splitlines()
    above = ["", *lines]
    bare = [line for line, before in zip(lines, above, strict=False) if PINNED.match(line) and before[:2] != "# "]
    assert bare == []


def test_the_layers_import_only_packages_that_are_deployed_with_them() -> None:
    """A package of the test environment was imported by a service, and was missing in Lambda."""
    deployed = {_normal(match[1]) for line in _deployed() if (match := PINNED.fullmatch(line))}
    imported = {name.split(".")[0] for source in sources("layers", "functions") for name in source.imports}
    foreign = imported - set(sys.stdlib_module_names) - {"kernel", "resman", "immersio"}
    typing_only = {name for name in foreign if name.startswith("mypy_boto3_")}
    packages = {_distribution(name) for name in foreign - typing_only}
    assert sorted(name for name in packages if BROUGHT_ALONG.get(name, name) not in deployed) == []


def test_what_is_tested_is_what_is_deployed() -> None:
    """The tests ran with another version than production did, and passed."""
    pins = [match for line in _deployed() if (match := PINNED.fullmatch(line))]
    assert {pin[1]: version(pin[1]) for pin in pins} == {pin[1]: pin[3] for pin in pins}


def _deployed() -> list[str]:
    return _requirements(ROOT / "layers/dependencies/requirements.txt")


def _requirements(path: Path) -> list[str]:
    lines = (line.split(" #")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def _distribution(module: str) -> str:
    return _normal(packages_distributions().get(module, [module])[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
