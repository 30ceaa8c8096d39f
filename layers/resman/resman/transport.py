"""How ResMan is called: time limits, retries with jitter, and a circuit breaker. What is said is not known here."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import requests
from pybreaker import STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    stop_before_delay,
    stop_never,
    wait_random_exponential,
)

from kernel import clock
from kernel.errors import ResmanRejected, ResmanUnavailable
from kernel.telemetry import count, logger
from resman import wire
from resman.property import Property

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long ResMan is waited for, how often it is asked again, and when it is left alone for a while."""

    connect_seconds: float = 2
    read_seconds: float = 5
    attempts: int = 3
    total_seconds: float = 12
    """For one operation with all its calls and retries: an API answer has 30 seconds, and others need some."""
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 2
    failures_to_open: int = 5
    open_seconds: float = 10


class NoAnswer(ResmanUnavailable):
    """A time-out, a failing server or a page that is not ResMan's: worth another try at once."""


class InDoubt(NoAnswer):
    """It was sent, and nobody knows whether ResMan took it, or is still about to."""


class GaveUp(NoAnswer):
    """It is still in doubt, and doing it again at once could do it twice; the queue tries later."""


class Misconfigured(ResmanUnavailable):
    """ResMan is up, but an operator has to put something right; until then the work waits in its queue."""


class WindowTooLarge(NoAnswer):
    """More prospects changed in this window than one answer can hold."""


class Conversation:
    """The calls of one operation about one property; they share a deadline."""

    def __init__(self, transport: "Transport", property: Property, ends_at: float) -> None:
        self.property = property
        self._transport = transport
        self._ends_at = ends_at

    def ask(self, method: str, **fields: str) -> wire.Node:
        seconds_left = self._ends_at - time.monotonic()
        if seconds_left <= 0:
            raise NoAnswer(f"there was no time left to ask ResMan for {method}")
        return self._transport.post(method, self.property, fields, seconds_left)

    def keep_trying(self, work: Callable[[], T], *, attempts: int | None = None) -> T:
        """Until it works, the attempts are used up, or the next one would begin after the deadline."""
        patience = self._transport.patience
        enough = stop_after_attempt(attempts) if attempts else stop_never
        retrying = Retrying(
            retry=retry_if_exception_type(NoAnswer) & retry_if_not_exception_type(GaveUp),
            stop=stop_before_delay(max(self._ends_at - time.monotonic(), 0)) | enough,
            wait=_Pause(patience),
            reraise=True,
        )
        return retrying(work)


class _Pause:
    """A growing random pause, or as long as ResMan asked for."""

    def __init__(self, patience: Patience) -> None:
        self._jitter = wait_random_exponential(patience.first_pause_seconds, patience.longest_pause_seconds)

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_seconds if isinstance(error, NoAnswer) else None
        return max(self._jitter(state), float(asked or 0))


class Transport:
    def __init__(self, base_url: str, credentials: Callable[[], wire.Credentials], patience: Patience) -> None:
        self.patience = patience
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._breaker = _Breaker(patience)
        self._of_thread = threading.local()

    def converse(self, property: Property, work: Callable[[Conversation], T]) -> T:
        """Do the work, from its beginning again after every failure that another try may cure."""
        conversation = Conversation(self, property, time.monotonic() + self.patience.total_seconds)
        attempts = self.patience.attempts
        return self._breaker.watch(lambda: conversation.keep_trying(lambda: work(conversation), attempts=attempts))

    def post(self, method: str, property: Property, fields: dict[str, str], seconds_left: float) -> wire.Node:
        credentials = self._credentials()
        response = self._send(method, wire.form(credentials, property, fields), seconds_left)
        _check_http(method, response)
        answer = _envelope(method, response)
        refusal = wire.error_in(answer)
        if refusal is not None:
            raise _refused(method, property, credentials.hide_in(refusal))
        return answer

    def _send(self, method: str, form: dict[str, str], seconds_left: float) -> requests.Response:
        patience = self.patience
        limits = (min(patience.connect_seconds, seconds_left), min(patience.read_seconds, seconds_left))
        try:
            return self._session().post(
                f"{self._base_url}/{method}",
                data=form,
                headers={"Accept": "application/json"},
                timeout=limits,
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise NoAnswer(f"ResMan could not be reached for {method}") from error
        except requests.RequestException as error:
            raise InDoubt(f"ResMan did not answer {method} ({type(error).__name__})") from error

    def _session(self) -> requests.Session:
        """One for each thread: requests does not promise that a session may be shared."""
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = requests.Session()
        session: requests.Session = self._of_thread.session
        return session


def _check_http(method: str, response: requests.Response) -> None:
    status = response.status_code
    if wire.is_window_too_large(status, response.text):
        raise WindowTooLarge(f"ResMan cannot hold its answer to {method} in one piece")
    if status == 504:
        raise InDoubt(f"ResMan answered {method} with HTTP 504")
    if status in (408, 429) or status >= 500:
        raise NoAnswer(f"ResMan answered {method} with HTTP {status}", retry_after_seconds=_retry_after(response))
    if status != 200:
        raise _misconfigured(f"ResMan answered {method} with HTTP {status}; check RESMAN_BASE_URL and the credentials")


def _retry_after(response: requests.Response) -> int | None:
    seconds = response.headers.get("Retry-After", "")
    return int(seconds) if seconds.isdecimal() else None


def _envelope(method: str, response: requests.Response) -> wire.Node:
    try:
        return wire.read_answer(response.text)
    except wire.NotAnAnswer as error:
        raise NoAnswer(f"ResMan answered {method} with something that is not its own ({error})") from error


def _refused(method: str, property: Property, refusal: str) -> ResmanUnavailable | ResmanRejected:
    if wire.speaks_of_credentials(refusal):
        return _misconfigured(f"ResMan refuses our credentials (the secret behind RESMAN_SECRET): {refusal}")
    return ResmanRejected(f"ResMan rejected {method} for property {property.id}: {refusal}")


def _misconfigured(message: str) -> Misconfigured:
    logger.error(message)
    return Misconfigured(message)


class _Breaker:
    """After several operations in a row without an answer, the next ones fail at once, until it is time to look again.

    pybreaker holds its lock for as long as a guarded call runs, so that one slow answer would hold up all threads:
    it is told the outcome only.
    """

    def __init__(self, patience: Patience) -> None:
        self._memory = CircuitMemoryStorage("closed")
        self._circuit = CircuitBreaker(
            fail_max=patience.failures_to_open, reset_timeout=patience.open_seconds, state_storage=self._memory
        )

    def watch(self, operation: Callable[[], T]) -> T:
        self._refuse_while_open()
        try:
            result = operation()
        except NoAnswer as error:
            self._report(error)
            raise
        except Exception:
            self._report(None)
            raise
        self._report(None)
        return result

    def _refuse_while_open(self) -> None:
        opened_at = self._memory.opened_at
        if self._memory.state != STATE_OPEN or opened_at is None:
            return
        wait = opened_at + timedelta(seconds=self._circuit.reset_timeout) - clock.now()
        if wait > timedelta(0):
            raise ResmanUnavailable(
                "ResMan has not been answering and is left alone for a moment",
                retry_after_seconds=max(1, round(wait.total_seconds())),
            )

    def _report(self, error: NoAnswer | None) -> None:
        was_open = self._memory.state == STATE_OPEN
        with suppress(CircuitBreakerError, NoAnswer):
            self._circuit.call(_outcome, error)
        if self._memory.state == STATE_OPEN and not was_open:
            count("ResmanCircuitOpen")


def _outcome(error: NoAnswer | None) -> Any:
    if error is not None:
        raise error
