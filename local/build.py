"""`python -m local.build`: `sam build` for the runtime the template names, into .aws-sam/.

Runs on a bare Python, like `local.install`. SAM wants the very version of Python that Lambda will run, on the PATH.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local.install import ENVIRONMENTS, ROOT, install

RUNTIME = "python3.13"


def runtime_folder() -> Path | None:
    """The folder of a Python that is the runtime: on the PATH, or among pyenv's versions."""
    return next((python.parent for python in _candidates() if _is_runtime(python)), None)


def build(runtime: Path) -> int:
    sam = ENVIRONMENTS["sam"]
    install(sam)
    command = [str(sam.python.with_name("sam")), "build", "--cached", "--parallel"]
    path = os.pathsep.join([str(runtime), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return code or max(_compile(layer, runtime) for layer in (ROOT / ".aws-sam/build").glob("*Layer"))


def _compile(layer: Path, runtime: Path) -> int:
    """Bytecode as if the layer lay in /opt: Lambda cannot write any, and a cold start would take twice as long."""
    compiler = [str(runtime / RUNTIME), "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    return subprocess.run([*compiler, "-s", layer, "-p", "/opt", layer], check=False).returncode


def _candidates() -> Iterator[Path]:
    on_path = shutil.which(RUNTIME)
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{RUNTIME.removeprefix('python')}*/bin/{RUNTIME}"))


def _is_runtime(python: Path) -> bool:
    """A shim of pyenv may be there and yet refuse to run."""
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


def main() -> int:
    runtime = runtime_folder()
    if runtime:
        return build(runtime)
    print(f"sam build needs {RUNTIME}, which was not found on the PATH or in pyenv", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
