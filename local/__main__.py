"""`python -m local`: the stack until Ctrl-C, SIGTERM or, with --follow-parent, the end of whoever started it."""

import os
import signal
import sys
from typing import NoReturn

from local import terminal
from local.processes import end_with_parent
from local.servers import PortTaken

STOP_SECONDS = 5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end; no `except Exception` may swallow it."""


def main() -> int:
    if "--follow-parent" in sys.argv:
        end_with_parent(os.getppid(), STOP_SECONDS)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: _stop())
    try:
        return _run(int(os.environ.get("PORT") or 3000))
    except Stopped:
        return 0
    except PortTaken as error:
        print(f"{error}; choose another with PORT=3001 make run", file=sys.stderr)
        return 1


def _run(port: int) -> int:
    from local.functions import FunctionFailed
    from local.stack import Stack  # after the signal handlers: Ctrl-C during these imports is an end too
    from local.tryout import introduction

    stack = Stack(port)
    try:
        stack.start()
        with terminal.quiet():
            text = introduction(stack.description)
        terminal.note(text)
        signal.pause()
    except FunctionFailed as failed:
        terminal.note(f"no demo data without {failed}; its traceback stands above")
        return 1
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        terminal.note("stopping")
        stack.stop()
    return 0


def _stop() -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads in a long poll hold nothing worth waiting for
