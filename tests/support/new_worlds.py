"""A world for each of many histories in one test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support import schools as school_worlds
from tests.support import world as worlds
from tests.support.inside import mocked
from tests.support.notices import set_plan
from tests.support.schools import Schools


@contextmanager
def a_new_world() -> Iterator[Schools]:
    """What is left over of others would be worked on again and again."""
    with mocked(), pytest.MonkeyPatch.context() as patch:
        worlds.forget_clients()
        for name, value in worlds.create_aws().items():
            patch.setenv(name, value)
        founded = school_worlds.founded()
        set_plan(founded.academy.tenant_id, "enterprise")
        yield founded
    worlds.forget_clients()
