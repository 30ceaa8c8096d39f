"""What calls functions when no client does: the part that queues, the stream and schedules share."""

import threading
import time
import traceback
from abc import ABC, abstractmethod

from local import terminal

PAUSE_AFTER_ERROR_SECONDS = 1.0


class EventSource(ABC):
    """A thread that looks for events and calls its function until it is stopped."""

    def __init__(self, name: str) -> None:
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()

    @abstractmethod
    def poll(self) -> None:
        """Handle what there is now; returns soon when there is nothing."""

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.poll()
            except Exception as error:  # noqa: BLE001 - one bad poll must not end the thread
                if not self.stopping.is_set():
                    terminal.note(f"{self._thread.name}: {''.join(traceback.format_exception_only(error)).strip()}")
                    self.stopping.wait(PAUSE_AFTER_ERROR_SECONDS)


class Stopwatch:
    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def milliseconds(self) -> float:
        return (time.monotonic() - self._started) * 1000
