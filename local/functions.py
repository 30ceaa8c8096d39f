"""Calls the functions as Lambda does: each one's own handler, a JSON event, a context. Edited code is seen at once."""

import importlib
import importlib.util
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from local import terminal
from local.infrastructure import REGION
from local.template import ROOT, Function

Handler = Callable[[Any, Any], Any]
Snapshot = dict[str, tuple[int, int]]

ACCOUNT = "000000000000"
WATCHED = (ROOT / "functions", ROOT / "layers")


class FunctionFailed(Exception):
    """The function raised; its traceback is on the terminal already."""


@dataclass(frozen=True)
class Context:
    """What a function may ask about itself, as in `aws_lambda_powertools.utilities.typing.LambdaContext`."""

    function_name: str
    memory_limit_in_mb: int
    deadline: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self.deadline - time.monotonic()) * 1000))


class Functions:
    """All functions in one process. Threads call them side by side; loading is done by one at a time."""

    def __init__(self) -> None:
        layers = [str(layer) for layer in sorted((ROOT / "layers").iterdir()) if layer.is_dir()]
        sys.path[:0] = [layer for layer in layers if layer not in sys.path]
        sys.dont_write_bytecode = True  # a .pyc cannot tell two edits within one second apart
        self._lock = threading.RLock()
        self._handlers: dict[str, Handler] = {}
        self._seen = _snapshot()

    def invoke(self, function: Function, event: Any) -> Any:
        """What the function answers to the event, both as JSON would carry them."""
        try:
            handler = self._handler(function)
            context = Context(function.logical_id, function.memory_mb, time.monotonic() + function.timeout_seconds)
            return _as_json(handler(_as_json(event), context))
        except Exception as error:
            terminal.failure(function.logical_id, error)
            raise FunctionFailed(function.logical_id) from error

    def _handler(self, function: Function) -> Handler:
        with self._lock:
            self._forget_edited_code()
            if function.logical_id not in self._handlers:
                self._handlers[function.logical_id] = _load(function)
            return self._handlers[function.logical_id]

    def _forget_edited_code(self) -> None:
        now = _snapshot()
        if now == self._seen:
            return
        changed = sorted({os.path.relpath(path, ROOT) for path, _ in now.items() ^ self._seen.items()})
        terminal.note(f"changed: {', '.join(changed)}; loading again")
        self._seen = now
        self._handlers.clear()
        for name in [name for name, module in sys.modules.items() if _is_ours(module)]:
            del sys.modules[name]
        importlib.invalidate_caches()


def _load(function: Function) -> Handler:
    name = f"functions_{function.logical_id}"
    spec = importlib.util.spec_from_file_location(name, function.source)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{function.logical_id}: no handler at {function.source}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    terminal.readable_logs()
    handler: Handler = getattr(module, function.entry_point)
    return handler


def _is_ours(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and any(Path(file).is_relative_to(folder) for folder in WATCHED)


def _snapshot() -> Snapshot:
    """When each source file was last changed; taken at every call, so it has to be quick."""
    return {file.path: _stamp(file) for folder in WATCHED for file in _files(folder)}


def _stamp(file: os.DirEntry[str]) -> tuple[int, int]:
    try:
        stat = file.stat()
    except FileNotFoundError:  # an editor is putting a new version in its place
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def _files(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif not entry.name.startswith(".") and not entry.name.endswith((".pyc", "~")):
                yield entry


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
