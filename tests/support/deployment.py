"""The template deployed to a MiniStack of its own, with nobody to read its stream, queues and schedules."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import requests

from local import demo, template
from local.deployment import Secrets, deploy
from local.ministack import MiniStack
from local.sandboxes.resman import create_app
from tests.support import world as worlds
from tests.support.inside import inside
from tests.support.sink import Served, Sink
from tests.support.world import World


@dataclass(frozen=True)
class Still:
    """What one test process needs to know of it."""

    environment: dict[str, str]
    resman_url: str
    sink: Sink
    api_key: str

    @contextmanager
    def entered(self) -> Iterator[World]:
        """This process as one that AWS just started."""
        with inside(self.environment):
            yield World(resman=self.resman_url, sink=self.sink, api_key=self.api_key)

    def mail(self) -> list[tuple[str, str]]:
        """The subject and the recipient of each e-mail that SES took."""
        kept = requests.get(f"{self.environment['AWS_ENDPOINT_URL']}/_ministack/ses/messages", timeout=60).json()
        sent = [mail for account in kept["messages"].values() for mail in account]
        return [(mail["Subject"], to) for mail in sent for to in mail["To"]]


@contextmanager
def still() -> Iterator[Still]:
    sink, secrets = Sink(), Secrets()
    app = create_app(demo.in_resman(), integration_partner_id=secrets.resman_partner_id, api_key=secrets.resman_api_key)
    resman, receiver = Served(app), Served(sink.application())
    aws = MiniStack()
    try:
        aws.wait_until_ready()
        with patch.dict(os.environ):
            deploy(template.read(), aws.url, {"ResmanBaseUrl": resman.url}, secrets, assets_url=aws.url)
            environment = dict(os.environ)
        with inside(environment):
            world = World(resman=resman.url, sink=sink)
            worlds.settle(world, f"{receiver.url}/chatbot")
        yield Still(environment, resman.url, sink, world.api_key)
    finally:
        resman.stop()
        receiver.stop()
        aws.stop()
