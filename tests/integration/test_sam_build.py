"""`sam build`: what would be deployed holds all that our code needs, and nothing is compiled on a customer's time."""

from pathlib import Path

import pytest

from local.build import build, runtime_folder
from tests.support.house import ROOT, functions, resources

pytestmark = pytest.mark.timeout(1800)
"""Packages are fetched from the index, and some of them built."""

BUILT = ROOT / ".aws-sam/build"
UNZIPPED_LIMIT = 250 * 1024 * 1024
"""Lambda's, for a function and all its layers."""


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    runtime = runtime_folder()
    if runtime is None:
        pytest.skip("sam build needs Python 3.13 on the PATH or in pyenv")
    assert build(runtime) == 0


def test_every_function_is_packed_with_its_code_and_nothing_else() -> None:
    """One handler each; those of the contract have what they serve, that of batches the handlers of all procedures."""
    packed = {one.logical_id: _files(BUILT / one.logical_id) for one in functions()}
    assert packed == {one.logical_id: _files(ROOT / one.code_uri) for one in functions()}
    beside_it = {name: files - {"handler.py"} for name, files in packed.items() if name != "Procedures"}
    assert {name: files for name, files in beside_it.items() if files} == {
        "Docs": {"page.html"},
        "OpenapiJson": {"openapi.json"},
    }


@pytest.mark.parametrize("package", ["kernel", "resman", "immersio"])
def test_a_layer_holds_every_file_of_its_package(package: str) -> None:
    """Templates and the typing marker too; Lambda puts what is under python/ on the path."""
    layer = BUILT / f"{package.capitalize()}Layer" / "python"
    assert _files(layer) == _files(ROOT / "layers" / package)


@pytest.mark.parametrize("layer", ["DependenciesLayer", "KernelLayer", "ResmanLayer", "ImmersioLayer"])
def test_a_layer_is_compiled_for_the_place_where_lambda_unpacks_it(layer: str) -> None:
    """Lambda cannot write bytecode, so without it every cold start would compile every module."""
    compiled = {path.name.split(".")[0] for path in (BUILT / layer).rglob("*.cpython-313.pyc")}
    sources = {path.stem for path in (BUILT / layer).rglob("*.py")}
    assert len(sources & compiled) > 0.95 * len(sources)
    some_module = next((BUILT / layer / "python").glob("*/__pycache__/*.pyc"))
    assert b"/opt/python/" in some_module.read_bytes()


def test_native_packages_are_built_for_the_architecture_of_the_template() -> None:
    machines = {path.name.split("-")[2] for path in (BUILT / "DependenciesLayer").rglob("*.cpython-313-*.so")}
    assert machines == {"aarch64"}


def test_the_layers_fit_into_lambda() -> None:
    sizes = [_size(BUILT / layer) for layer in resources("AWS::Serverless::LayerVersion")]
    assert sum(sizes) < UNZIPPED_LIMIT


def _files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in found}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
