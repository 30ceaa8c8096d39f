"""`python -m local.install <what>`: an environment with exactly the pinned packages, made once and kept.

Runs on a bare Python, so it uses the standard library only. Nothing is fetched while the pins stay the same.
"""

import hashlib
import re
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORTH_SHOWING = ("Collecting", "Installing", "ERROR")


@dataclass(frozen=True)
class Environment:
    folder: str
    requirements: str

    @property
    def path(self) -> Path:
        return ROOT / self.folder

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.path / f"{self.requirements}.installed"

    @property
    def files(self) -> list[Path]:
        return _with_includes(ROOT / self.requirements)

    def fingerprint(self) -> str:
        """Changes with any pin, with Python, and when the folder is moved."""
        pins = "".join(path.read_text() for path in self.files)
        return hashlib.sha256(f"{sys.version}{self.path}{pins}".encode()).hexdigest()

    def is_current(self) -> bool:
        return self.stamp.exists() and self.stamp.read_text() == self.fingerprint()

    def covers(self, other: "Environment") -> bool:
        """True where having all of ours means having all of theirs."""
        return self.folder == other.folder and ROOT / other.requirements in self.files


ENVIRONMENTS = {
    "run": Environment(".venv", "requirements-local.txt"),
    "dev": Environment(".venv", "requirements-dev.txt"),
    "sam": Environment(".venv-sam", "requirements-sam.txt"),
}


def install(environment: Environment) -> None:
    if any(each.covers(environment) and each.is_current() for each in ENVIRONMENTS.values()):
        return
    started = time.monotonic()
    print(f"{environment.folder}: installing {environment.requirements} (the first time only)", flush=True)
    if not _works(environment.python):
        venv.create(environment.path, clear=True, with_pip=True)
    _pip_install(environment)
    environment.stamp.write_text(environment.fingerprint())
    print(f"{environment.folder}: done in {time.monotonic() - started:.0f} s", flush=True)


def _works(python: Path) -> bool:
    """An environment that was copied here, or whose Python is gone, is made anew."""
    version = f"{sys.version_info.major}.{sys.version_info.minor} {python.parent.parent}"
    ask = "import sys; print(f'{sys.version_info.major}.{sys.version_info.minor}', sys.prefix)"
    try:
        answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.strip() == version


def _pip_install(environment: Environment) -> None:
    pip_install = [str(environment.python), "-m", "pip", "install", "--disable-pip-version-check"]
    command = [*pip_install, "-r", environment.requirements]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        output = []
        for line in pip.stdout or ():
            output.append(line)
            if line.lstrip().startswith(WORTH_SHOWING):
                print(f"  {line.strip().partition(' (from')[0][:100]}", flush=True)
    if pip.returncode:
        raise SystemExit(f"{''.join(output[-30:])}\npip could not install {environment.requirements}; see above")


def _with_includes(path: Path) -> list[Path]:
    """A requirements file and those it names by `-r`."""
    included = re.findall(r"^-r (\S+)", path.read_text(), re.MULTILINE)
    return [path, *(each for name in included for each in _with_includes(path.parent / name))]


if __name__ == "__main__":
    install(ENVIRONMENTS[sys.argv[1]])
