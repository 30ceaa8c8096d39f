"""Who calls. Each kind of caller is a class that recognises itself in a request, or refuses it."""

from typing import ClassVar, Protocol, Self, runtime_checkable

from kernel.contract import Errors
from kernel.limits import PUBLIC, Limit
from kernel.request import Request


class Caller(Protocol):
    """What the edge needs to know of a caller: its limit, and the name it is counted and remembered under."""

    limit: ClassVar[Limit]
    refused_with: ClassVar[Errors]
    """What `authenticate` raises."""

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        """Recognise the caller, or raise an error that says what is missing."""
        ...

    @property
    def scope(self) -> str: ...


@runtime_checkable
class Belonging(Protocol):
    """A caller who is one of several."""

    @property
    def shared_scope(self) -> str:
        """The name of all of them, for what they are counted for together."""
        ...


class Anyone:
    """A caller of a public endpoint, known by address only."""

    limit: ClassVar[Limit] = PUBLIC
    refused_with: ClassVar[Errors] = ()

    def __init__(self, source_ip: str) -> None:
        self.source_ip = source_ip

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        return cls(request.source_ip)

    @property
    def scope(self) -> str:
        return f"ip {self.source_ip}"
