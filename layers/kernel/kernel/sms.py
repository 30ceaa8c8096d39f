"""Text messages: a port, and the adapter used until a provider is chosen."""

from typing import Protocol

from kernel.telemetry import logger


class SmsSender(Protocol):
    def send(self, to: str, text: str) -> None:
        """Send a text to a phone number, or raise so that it is tried again."""


class LogSmsSender:
    """Notes that a text would have left; neither the number nor the words are logged."""

    def send(self, to: str, text: str) -> None:
        logger.info("text message sent", extra={"to": masked(to), "characters": len(text)})


def sender() -> SmsSender:
    return LogSmsSender()


def masked(number: str) -> str:
    """A phone number with all but its last two digits hidden."""
    return "*" * max(len(number) - 2, 0) + number[-2:] if len(number) > 4 else "*" * len(number)
