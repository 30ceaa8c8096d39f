"""What a route may answer is what it declares, and what follows from its declaration."""

import json
from typing import ClassVar

import pytest

from kernel.auth import Anyone
from kernel.contract import Errors
from kernel.errors import Conflict, Forbidden, Unauthorized, WhitelistDenied
from kernel.http import endpoint
from kernel.trpc import query
from kernel.trpc_fields import Nothing
from tests.support.world import Context
from tests.unit.kernel.test_http import Order, Receipt, Visitor, post

OF_ALL = {"INTERNAL_ERROR", "RATE_LIMITED", "TEMPORARILY_UNAVAILABLE", "VALIDATION_ERROR"}


class Known(Visitor):
    refused_with: ClassVar[Errors] = (Unauthorized,)


def test_what_a_route_may_answer_follows_from_its_declaration() -> None:
    """A client was written against a list of codes; the first 415 it met was none of them."""

    @endpoint("POST /shelves/{shelf}/rugs", caller=Known, idempotent=True, errors=(Conflict,))
    def order(request: Order, shelf: str) -> Receipt:
        return Receipt(rug="red", shelf=shelf)

    @endpoint("GET /rugs", caller=Anyone)
    def find(request: Order) -> Receipt:
        return Receipt(rug="red", shelf="top")

    taking_a_body = {"NOT_FOUND", "UNSUPPORTED_MEDIA_TYPE", "IDEMPOTENCY_KEY_IN_USE", "IDEMPOTENCY_KEY_REUSED"}
    assert _codes(order.__dict__["endpoint"].errors) == OF_ALL | taking_a_body | {"UNAUTHORIZED", "CONFLICT"}
    assert _codes(find.__dict__["endpoint"].errors) == OF_ALL


def test_what_a_procedure_may_answer_follows_from_its_declaration() -> None:
    @query("immersio.rug.get", caller=Known, errors=(Conflict, Conflict))
    def get(input: Nothing) -> None: ...

    of_the_wire = {"FORBIDDEN", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"}
    errors = get.procedure.errors
    assert _codes(errors) == OF_ALL | of_the_wire | {"UNAUTHORIZED", "CONFLICT"}
    assert len(errors) == len(_codes(errors))
    assert [error.status for error in errors] == sorted(error.status for error in errors)


@pytest.mark.parametrize("is_once", [False, True])
def test_a_code_that_is_not_declared_is_answered_all_the_same_and_noticed(
    aws: None, undeclared: list[str], is_once: bool
) -> None:
    """A use case learned to refuse, and nobody told the clients; an answer without a code would help them even less."""

    @endpoint("POST /rugs", caller=Visitor, idempotent=True, errors=(Forbidden,))
    def handler(request: Order) -> Receipt:
        raise (WhitelistDenied if request.rug == "listed" else Forbidden)("Not for you")

    headers = {"idempotency-key": "one"} if is_once else {}
    answer = handler(post({"rug": "listed"}, headers=headers), Context())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (403, "WHITELIST_DENIED")
    assert undeclared == ["POST /rugs answered WHITELIST_DENIED"]
    undeclared.clear()
    assert handler(post({"rug": "other"}), Context())["statusCode"] == 403
    assert undeclared == []


def test_a_code_that_a_procedure_does_not_declare_is_noticed(aws: None, undeclared: list[str]) -> None:
    """In a batch too, whose one status does not show it."""

    @query("immersio.rug.get", caller=Anyone)
    def get(input: Nothing) -> None:
        raise Conflict("It was sold")

    asked = "immersio.rug.get,immersio.rug.get"
    event = post(None, rawPath=f"/api/trpc/{asked}", rawQueryString="batch=1")
    event["requestContext"]["http"]["method"] = "GET"
    answer = get(event, Context())
    assert [one["error"]["json"]["data"]["appCode"] for one in json.loads(answer["body"])] == ["CONFLICT"] * 2
    assert undeclared == ["immersio.rug.get answered CONFLICT"] * 2
    undeclared.clear()


def _codes(errors: Errors) -> set[str]:
    return {error.code for error in errors}
