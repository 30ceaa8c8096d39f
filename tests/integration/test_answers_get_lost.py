"""DynamoDB did it, and the answer never arrived: MiniStack honours the request tokens, so the repeat must not count."""

from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ReadTimeoutError

from kernel import clock, table
from kernel.keys import Key
from tests.support.world import World

TALLY = Key("TALLY", "LOST-ANSWERS")


class LostAnswers:
    """Sends the next requests itself, and reports time-outs for them."""

    def __init__(self, times: int) -> None:
        self.left = times
        endpoint = table.client()._endpoint  # type: ignore[attr-defined]
        self._send = endpoint.http_session.send
        table.client().meta.events.register("before-send.dynamodb.TransactWriteItems", self)

    def __call__(self, request: Any, **_: Any) -> None:
        if self.left:
            self.left -= 1
            assert self._send(request).status_code == 200, "the effect took place"
            raise ReadTimeoutError(endpoint_url=request.url)


@pytest.mark.parametrize("times", [1, 2])
def test_a_write_whose_answer_was_lost_takes_effect_once(world: World, times: int) -> None:
    """INV-05: never counted twice."""
    table.write(table.Put(item={**TALLY._asdict(), "sold": 0}))
    lost = LostAnswers(times)
    table.write(table.Update(key=TALLY, add={"sold": 1}))
    assert (table.get(TALLY) or {})["sold"] == 1
    assert lost.left == 0


def test_a_condition_that_held_still_holds_when_the_answer_was_lost(world: World) -> None:
    """INV-05: the row that stands in the way of the repeat is our own."""
    table.write(table.Delete(key=TALLY))
    LostAnswers(1)
    table.write(table.Put(item={**TALLY._asdict(), "sold": 1}, condition=Attr("pk").not_exists()))
    assert (table.get(TALLY) or {})["sold"] == 1


def test_a_booking_whose_answers_were_lost_is_one_tour_counted_once(world: World) -> None:
    """INV-05: not sold out by itself."""
    before = _booked(world)
    lost = LostAnswers(2)
    booked = world.book(prospect_email="lost@example.com", property_id="cedar-row", preferred_time="16:00")
    assert (booked.status, lost.left) == (201, 0), booked.body
    assert _booked(world) == before + 1
    assert [each["appointment_id"] for each in world.appointments()].count(booked.json["appointment_id"]) == 1


def _booked(world: World) -> int:
    today = clock.now().date()  # where the property is, it may be yesterday still
    asked = {"property_id": "cedar-row", "from": str(today - timedelta(days=1)), "to": str(today)}
    return int(world.call("resman/tours/metrics", query=asked).json["totals"]["booked"])
