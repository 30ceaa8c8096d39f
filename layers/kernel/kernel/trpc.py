"""The edge of every tRPC procedure: find, authenticate, check, call, encode.

    @query("immersio.tenant.get", caller=Member)
    def handler(input: Nothing, caller: Member) -> TenantView: ...

The signature is the contract: `input` is a model, `caller` who calls, and what is returned the answer; `errors` are
what the use case refuses with, and what the edge refuses with follows from the rest. So declared, a function is the
Lambda handler of its own route. `router` answers every other spelling of a request, batches above all, in one
invocation: it finds the same handlers and runs them in the same way. What goes over the wire is in `kernel.trpc_wire`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from kernel import contract, superjson, trpc_wire
from kernel.auth import Admission, Caller
from kernel.contract import Errors
from kernel.errors import AppError, InvalidInput, NotFound
from kernel.limits import Limit, Spending
from kernel.request import Request
from kernel.telemetry import count, logger
from kernel.trpc_fields import Nothing
from kernel.trpc_wire import Answer, Outcome
from kernel.validation import parse

Kind = Literal["query", "mutation"]
METHODS: Mapping[Kind, tuple[str, ...]] = {"query": ("GET", "POST"), "mutation": ("POST",)}


@dataclass(frozen=True)
class Procedure:
    name: str
    kind: Kind
    caller: type[Caller]
    input: type[BaseModel]
    output: Any
    """The annotation of what is returned: a model, a list of them, or None."""
    limit: Limit | None
    """A limit of its own, on top of the caller's."""
    largest_body: int
    declared: Errors
    """What its use case refuses with."""
    function: Callable[..., Any]
    takes: frozenset[str]

    @cached_property
    def errors(self) -> Errors:
        """All that it may answer."""
        return contract.together(contract.OF_ALL, trpc_wire.REFUSALS, self.caller.refused_with, self.declared)

    def run(self, caller: Caller, sent: Any) -> Any:
        given = {"caller": caller, "input": self._parsed(sent)}
        return self.function(**{name: given[name] for name in self.takes})

    def _parsed(self, sent: Any) -> BaseModel:
        value = {} if sent is superjson.UNDEFINED and self.input is Nothing else sent
        if value is superjson.UNDEFINED:
            raise InvalidInput.field("input", "is required; send an object")
        if not isinstance(value, dict):
            raise InvalidInput.field("input", "must be an object")
        return parse(self.input, value)


Find = Callable[[str], Procedure | None]
"""The procedure of exactly this name, if there is one."""


@dataclass(frozen=True)
class Handler:
    """A procedure as a Lambda handler."""

    procedure: Procedure

    def __call__(self, event: dict[str, Any], _context: Any) -> Answer:
        return _serve(event, lambda name: self.procedure if name == self.procedure.name else None)


Decorator = Callable[[Callable[..., Any]], Handler]


def query(
    name: str,
    *,
    caller: type[Caller],
    errors: Errors = (),
    limit: Limit | None = None,
    largest_body: int = trpc_wire.LARGEST_BODY,
) -> Decorator:
    """Declare a procedure that changes nothing: GET, or POST where an address would grow too long."""
    return lambda function: Handler(
        _declared(function, "query", name, caller, errors=errors, limit=limit, largest_body=largest_body)
    )


def mutation(
    name: str,
    *,
    caller: type[Caller],
    errors: Errors = (),
    limit: Limit | None = None,
    largest_body: int = trpc_wire.LARGEST_BODY,
) -> Decorator:
    """Declare a procedure that changes something: POST only."""
    return lambda function: Handler(
        _declared(function, "mutation", name, caller, errors=errors, limit=limit, largest_body=largest_body)
    )


def router(find: Find) -> Callable[[dict[str, Any], Any], Answer]:
    """Make a Lambda handler that answers whatever is asked under /api/trpc/, batched or not."""

    def handler(event: dict[str, Any], context: Any) -> Answer:
        return _serve(event, find)

    return handler


def _declared(
    function: Callable[..., Any],
    kind: Kind,
    name: str,
    caller: type[Caller],
    *,
    errors: Errors,
    limit: Limit | None,
    largest_body: int,
) -> Procedure:
    signature = inspect.signature(function, eval_str=True)
    takes = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    if not takes.keys() <= {"input", "caller"} or signature.return_annotation is signature.empty:
        raise TypeError(f"{name}: a procedure takes `input` and `caller`, and says what it returns")
    if not issubclass(caller, takes.get("caller", caller)):
        raise TypeError(f"{name}: is called by a {caller.__name__}, but takes another caller")
    if limit and limit.is_shared and not hasattr(caller, "shared_scope"):
        raise TypeError(f"{name}: has a limit that is shared, but a {caller.__name__} shares none")
    return Procedure(
        name=name,
        kind=kind,
        caller=caller,
        input=takes.get("input", Nothing),
        output=signature.return_annotation,
        limit=limit,
        largest_body=largest_body,
        declared=errors,
        function=function,
        takes=frozenset(takes),
    )


def _serve(event: dict[str, Any], find: Find) -> Answer:
    spending = Spending()
    return spending.told_with(_answered(event, find, spending))


def _answered(event: dict[str, Any], find: Find, spending: Spending) -> Answer:
    request_id = event.get("requestContext", {}).get("requestId", "unknown")
    path = None
    try:
        request = Request.of(event)
        if request.method == "HEAD":
            return trpc_wire.NO_CONTENT
        address = trpc_wire.address(request)
        path = address.only_path
        procedures = [_find(find, address.endpoint, path) for path in address.paths]
        trpc_wire.check(request, max((one.largest_body for one in procedures if one), default=trpc_wire.LARGEST_BODY))
        inputs = trpc_wire.inputs(request, address)
        kinds = [one.caller for one in procedures if one and request.method in METHODS[one.kind]]
        admission = Admission(request, kinds, spending)
        outcomes = [
            _outcome(procedure, path, sent, request, admission)
            for procedure, path, sent in zip(procedures, address.paths, inputs, strict=True)
        ]
        return trpc_wire.answer(outcomes, batched=address.batched)
    except Exception as error:  # noqa: BLE001 - what stopped the whole request is one error for all its calls
        return trpc_wire.answer([_failed(error, path, request_id)], batched=False)


def _find(find: Find, endpoint: str, path: str) -> Procedure | None:
    """What is meant by a path as it was sent."""
    return next(filter(None, map(find, trpc_wire.names(endpoint, path))), None)


def _outcome(procedure: Procedure | None, path: str, sent: Any, request: Request, admission: Admission) -> Outcome:
    try:
        return trpc_wire.success(_called(procedure, path, sent, request, admission))
    except Exception as error:  # noqa: BLE001 - one call of a batch fails alone
        if procedure:
            contract.heed(error, procedure.errors, procedure.name)
        return _failed(error, path, request.request_id)


def _called(procedure: Procedure | None, path: str, sent: Any, request: Request, admission: Admission) -> Any:
    if procedure is None:
        raise NotFound(f'No procedure found on path "{path}"')
    if request.method not in METHODS[procedure.kind]:
        raise trpc_wire.not_allowed(f"{path} is a mutation; send it by POST", "POST")
    caller = admission.admit(procedure.caller, procedure.limit)
    return procedure.run(caller, superjson.decode(sent))


def _failed(error: Exception, path: str | None, request_id: str) -> Outcome:
    """The error as its client may see it; what is not of our making, or their business, is only logged."""
    known = error if isinstance(error, AppError) else AppError(str(error))
    if known.status >= 500:
        logger.exception("procedure failed", extra={"request_id": request_id, "procedure": path})
    if known.status == 500:
        count("ProcedureFailed")
        known = AppError(f"Something went wrong on our side. Quote request {request_id} when you report it.")
    return trpc_wire.failure(known, path)
