"""The documents' JSON examples: what they send is taken, and what we answer or tell has all that theirs has.

An id in an example that must be somebody's is replaced by one that is; so are Stripe's, whose key is not written out.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.conformance.documents import operation
from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.conformance.story import example
from tests.conformance.wire import Reply

WEBHOOK = "POST /api/v1/webhooks/immersio"


def items() -> Iterator[Item]:
    for name, send in REQUESTS.items():
        yield Item("examples", name, "is taken as it stands", partial(_is_taken, name, send))
    for name, look in ANSWERS.items():
        yield Item("examples", name, "has all its keys and types in ours", partial(_fits, name, look))


def create_workshop(stage: Stage, sent: Any) -> Reply:
    sent["teacherId"] = stage.told["teacherId"]
    return stage.call(operation("immersio.workshop.create"), sent, by=stage.owner)


def update_stripe_credentials(stage: Stage, sent: Any) -> Reply:
    procedure = operation("immersio.tenant.updateStripeCredentials")
    assert sent.keys() == procedure.sends.keys()
    return stage.call(procedure)


def tell(stage: Stage, sent: Any) -> Reply:
    return stage.call(operation(WEBHOOK), sent)


def tenant(stage: Stage) -> Reply:
    return stage.call(operation("immersio.tenant.get"), {}, by=stage.owner)


def created(stage: Stage) -> Reply:
    return create_workshop(stage, example("immersio.workshop.create.request"))


def credentials(stage: Stage) -> Reply:
    return stage.call(operation("immersio.tenant.updateStripeCredentials"))


def landing(stage: Stage) -> Reply:
    return stage.call(operation("GET /api/v1/public/landing/{slug}"))


REQUESTS: dict[str, Callable[[Stage, Any], Reply]] = {
    "immersio.tenant.updateStripeCredentials.request": update_stripe_credentials,
    "immersio.workshop.create.request": create_workshop,
    "course.updated.request": tell,
    "student.enrolled.request": tell,
}
ANSWERS: dict[str, Callable[[Stage], Reply]] = {
    "immersio.tenant.get.answer": tenant,
    "immersio.tenant.updateStripeCredentials.answer": credentials,
    "immersio.workshop.create.answer": created,
    "public.landing.answer": landing,
}


def _is_taken(name: str, send: Callable[[Stage, Any], Reply], stage: Stage) -> None:
    reply = send(stage, example(name))
    assert reply.status == 200, reply
    if send is tell:
        assert reply.body == {"success": True, "processed": True}


def _fits(name: str, look: Callable[[Stage], Reply], stage: Stage) -> None:
    body = look(stage).body
    ours = body["result"]["data"]["json"] if "result" in body else body
    assert list(_lacks(example(name), ours)) == []


def _lacks(theirs: Any, ours: Any, path: str = "") -> Iterator[str]:
    """Keys of theirs that are not in ours, or of another type there; of lists the first entry stands for all."""
    if type(theirs) is not type(ours):
        yield f"{path} is {ours!r}"
    elif isinstance(theirs, dict):
        for key, value in theirs.items():
            if key in ours:
                yield from _lacks(value, ours[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is missing"
    elif isinstance(theirs, list):
        if ours:
            yield from _lacks(theirs[0], ours[0], f"{path}[]")
        else:
            yield f"{path} is empty"
