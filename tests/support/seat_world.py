"""A world for stories about seats: quickly made, quickly read, and set back to its beginning."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import stripe
import time_machine
from moto.backends import get_backend

from kernel import settings, table
from local.sandboxes.stripe import create_app as create_stripe
from tests.support import schools as school_worlds
from tests.support import world as worlds
from tests.support.inside import mocked
from tests.support.notices import set_plan
from tests.support.schools import Schools
from tests.support.sink import Served

STARTS_ON = "2026-11-02T08:00:00Z"
"""A Monday."""


class QuicklyRead(Schools):
    """Rows out of moto's memory: a scan takes longer than all that a story does in between."""

    def rows(self) -> list[dict[str, Any]]:
        return [row for row in map(table.decode, self.remembered()) if "entity" in row]

    def remembered(self) -> list[dict[str, Any]]:
        return [item.to_json()["Attributes"] for item in self._table.all_items()]

    def forget_all_but(self, rows: Sequence[dict[str, Any]]) -> None:
        self._table.items.clear()
        for row in rows:
            self._table.put_item(row)

    def empty_queues(self) -> None:
        for queue in get_backend("sqs")["123456789012"]["us-east-1"].queues.values():
            queue._messages.clear()
            queue.pending_messages.clear()

    @property
    def _table(self) -> Any:
        return get_backend("dynamodb")["123456789012"]["us-east-1"].tables[settings.table_name()]


@contextmanager
def a_seat_world() -> Iterator[tuple[QuicklyRead, time_machine.Traveller]]:
    """In a world of its own, as what is left over of others would be worked on again and again."""
    served = Served(create_stripe(worlds.STRIPE["secret_key"], webhook_secret=worlds.STRIPE["webhook_secret"]))
    try:
        with (
            time_machine.travel(STARTS_ON, tick=True) as time,
            mocked(),
            pytest.MonkeyPatch.context() as patch,
        ):
            worlds.forget_clients()
            patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)  # real pauses, only shorter
            patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
            for name, value in {**worlds.create_aws(), "STRIPE_BASE_URL": served.url}.items():
                patch.setenv(name, value)
            founded = school_worlds.founded()
            schools = QuicklyRead(founded.academy, founded.studio, founded.sink)
            set_plan(schools.academy.tenant_id, "enterprise")
            yield schools, time
    finally:
        served.stop()
        worlds.forget_clients()
