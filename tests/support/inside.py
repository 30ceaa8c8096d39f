"""This process as one that AWS just started: the environment of a deployment, and no client of an earlier one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from moto import mock_aws

from immersio.asset import store as assets
from kernel import limits, outbox, settings, table
from resman import client
from tests.support import quick_dynamodb


@contextmanager
def inside(environment: Mapping[str, str]) -> Iterator[None]:
    with patch.dict(os.environ, environment):
        forget_clients()
        try:
            yield
        finally:
            forget_clients()


def forget_clients() -> None:
    """Clients are kept for the life of a process, as Lambda keeps them."""
    for cached in (
        assets.client,
        table.client,
        limits.used_up,
        outbox.sqs,
        client.client,
        settings._secrets_provider,
    ):
        cached.cache_clear()


@contextmanager
def mocked() -> Iterator[None]:
    """Moto's AWS. The session stays, for a new one reads the descriptions of all services anew, in every test."""
    with mock_aws(config={"core": {"reset_boto3_session": False}}), quick_dynamodb.quick():
        yield
