"""Every test of a function has a world of its own."""

from collections.abc import Iterator
from functools import partial

import pytest

from immersio.integration import transport
from local.sandboxes.stripe import create_app as create_stripe
from tests.support import immersio as immersio_sandbox
from tests.support import schools as school_worlds
from tests.support import world as worlds
from tests.support.daytime import morning
from tests.support.immersio import Immersio
from tests.support.inside import mocked
from tests.support.money import Money
from tests.support.published import unpublished
from tests.support.schools import Schools
from tests.support.sink import OnDemand, Served, Sink
from tests.support.world import World

__all__ = ["morning"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    sink = Sink()
    resman, receiver = worlds.serve_resman(), Served(OnDemand(sink.application))
    with mocked():
        worlds.forget_clients()
        for name, value in {**worlds.create_aws(), "RESMAN_BASE_URL": resman.url}.items():
            monkeypatch.setenv(name, value)
        built = World(resman=resman.url, sink=sink)
        worlds.settle(built, f"{receiver.url}/chatbot")
        yield built
    resman.stop()
    receiver.stop()
    worlds.forget_clients()
    assert unpublished(received.json for received in sink.received) == []


@pytest.fixture
def money(schools: Schools) -> Money:
    """The academy takes money."""
    return Money(schools)


@pytest.fixture
def immersio(schools: Schools) -> Immersio:
    """Immersio's sandbox, as the schools' people there use it."""
    return Immersio()


@pytest.fixture
def schools(monkeypatch: pytest.MonkeyPatch) -> Iterator[Schools]:
    """Two schools with all their people, the partners' sandboxes, who is told of things, and nothing of the tours."""
    sink = Sink()
    receiver = Served(OnDemand(sink.application))
    stripe = Served(
        OnDemand(partial(create_stripe, worlds.STRIPE["secret_key"], webhook_secret=worlds.STRIPE["webhook_secret"]))
    )
    partner = immersio_sandbox.serve()
    addresses = {"STRIPE_BASE_URL": stripe.url, "IMMERSIO_BASE_URL": partner.url, "IMMERSIO_SIGN_ON_URL": partner.url}
    monkeypatch.setattr(transport, "PATIENCE", immersio_sandbox.QUICK)
    with mocked():
        worlds.forget_clients()
        for name, value in {**worlds.create_aws(), **addresses}.items():
            monkeypatch.setenv(name, value)
        yield school_worlds.founded(sink, f"{receiver.url}/immersio")
    receiver.stop()
    stripe.stop()
    partner.stop()
    worlds.forget_clients()
    assert unpublished(received.json for received in sink.received) == []
