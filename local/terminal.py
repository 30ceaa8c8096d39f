"""What the developer sees: short lines for what happened, whole tracebacks for what failed."""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

COLOURS = {"red": 31, "green": 32, "yellow": 33, "dim": 2}
STANDARD_FIELDS = logging.makeLogRecord({}).__dict__.keys() | {"message", "xray_trace_id", "location", "service"}

_shown = threading.Event()
_shown.set()


def note(text: str) -> None:
    print(f"{text}\n", end="", flush=True)  # one write: lines of two threads do not mix


def _routine(text: str) -> None:
    if _shown.is_set():
        note(text)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out the lines of what went well."""
    _shown.clear()
    yield
    _shown.set()


def request(method: str, path: str, status: int, milliseconds: float, function: str) -> None:
    colour = "green" if status < 400 else "yellow" if status < 500 else "red"
    _routine(f"{_paint(str(status), colour)} {method} {path} {_paint(f'{milliseconds:.0f} ms {function}', 'dim')}")


def delivery(source: str, records: int, outcome: str, milliseconds: float, function: str) -> None:
    noun = "record" if records == 1 else "records"
    _routine(f"{_paint(f' ↳  {source}: {records} {noun}, {outcome}, {milliseconds:.0f} ms {function}', 'dim')}")


def failure(function: str, error: BaseException) -> None:
    """A function's traceback, without the frames of this package that called it."""
    frames = error.__traceback__
    while frames and frames.tb_next and _is_dispatcher(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames))
    note(f"{_paint(f'{function} failed', 'red')}\n{text.rstrip()}")


def readable_logs() -> None:
    """Let the functions' own logger write lines for people; deployed it writes JSON."""
    logger = logging.getLogger(os.environ.get("POWERTOOLS_SERVICE_NAME"))
    for handler in logger.handlers:
        if not isinstance(handler.formatter, _Readable):
            handler.setFormatter(_Readable())


class _Readable(LambdaPowertoolsFormatter):
    def format(self, record: logging.LogRecord) -> str:
        colour = "dim" if record.levelno < logging.WARNING else "yellow" if record.levelno < logging.ERROR else "red"
        line = f"{_paint(f' ·  {record.levelname.lower()}: {record.getMessage()}', colour)}{_extras(record.__dict__)}"
        if record.exc_info and record.exc_info[1]:
            return f"{line}\n{''.join(traceback.format_exception(record.exc_info[1])).rstrip()}"
        return line


def _extras(fields: Mapping[str, Any]) -> str:
    extras = [f"{name}={value}" for name, value in fields.items() if name not in STANDARD_FIELDS]
    return _paint(f" ({', '.join(extras)})", "dim") if extras else ""


def _is_dispatcher(file: str) -> bool:
    return Path(file).parent == Path(__file__).parent or file.startswith("<frozen importlib")


def _paint(text: str, colour: str) -> str:
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"
