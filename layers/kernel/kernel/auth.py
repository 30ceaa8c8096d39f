"""Who calls. Each kind of caller is a class that recognises itself in a request, or refuses it."""

from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import ClassVar, Protocol, Self, runtime_checkable

from kernel.contract import Errors
from kernel.errors import AppError
from kernel.limits import PUBLIC, REFUSED, Limit, Spending
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
        return f"ip {network(self.source_ip)}"


class Refused:
    """Somebody who is not let in. Counted by address and apart, so that a flood uses up nobody else's allowance."""

    limit: ClassVar[Limit] = REFUSED

    def __init__(self, error: AppError, source_ip: str) -> None:
        self.error, self.source_ip = error, source_ip

    @property
    def scope(self) -> str:
        return f"refused {network(self.source_ip)}"


class Admission:
    """Lets in who calls, within their limit.

    However many calls a request carries, each kind of caller is looked up once, and calls of the same caller are
    counted together.
    """

    def __init__(self, request: Request, kinds: Sequence[type[Caller]], spending: Spending) -> None:
        """`kinds` has one for each call."""
        self._spending = spending
        self._known = {kind: _recognised(kind, request) for kind in dict.fromkeys(kinds)}
        callers = (self._known[kind] for kind in kinds)
        for (limit, scope), calls in Counter((who.limit, who.scope) for who in callers).items():
            spending.buy(limit, scope, calls)

    def admit(self, kind: type[Caller], own: Limit | None = None) -> Caller:
        """Who makes the next call of this kind, which may have a limit of its own on top."""
        who = self._known[kind]
        self._spending.use(who.limit, who.scope)
        if isinstance(who, Refused):
            raise who.error
        if own:
            self._spending.spend(own, f"{_who_shares(own, who)} {own.name}")
        return who


def network(address: str) -> str:
    """The addresses that are one client's: of IPv6 a whole /64, which is the least that anybody is given."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return str(read)
    return str(read.ipv4_mapped or IPv6Network((int(read), 64), strict=False))


def _who_shares(limit: Limit, caller: Caller) -> str:
    return caller.shared_scope if limit.is_shared and isinstance(caller, Belonging) else caller.scope


def _recognised(kind: type[Caller], request: Request) -> Caller | Refused:
    try:
        return kind.authenticate(request)
    except AppError as error:
        if error.status >= 500:
            raise
        return Refused(error, request.source_ip)
