"""Many want the same in the same moment: real threads, on the running stack and on its MiniStack.

People are named after the day they want: who already has a tour would have it moved, and not booked again.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from kernel import table
from resman import directory, store
from tests.support.chatbot import Chatbot, all_at_once, an_own_day
from tests.support.inside import inside
from tests.support.local_stack import LocalStack, eventually
from tests.support.sink import Sink
from tests.support.world import World

BOOKERS = 50
IN_PROCESS = 12
ALWAYS_TRUE = "attribute_not_exists(no_such_attribute)"


@pytest.fixture
def chatbot(stack: LocalStack) -> Chatbot:
    return Chatbot(stack)


@pytest.fixture
def world(stack: LocalStack) -> Iterator[World]:
    """The stack's functions in this process, so that a test can stand between them and the table."""
    with inside(stack.description["environment"]):
        yield World(
            resman=stack.description["sandboxes"]["resman"], sink=Sink(), api_key=stack.description["toursApiKey"]
        )


@pytest.mark.parametrize("time", ["09:00", "12:00", "17:00"])
def test_of_many_bookers_of_one_guides_time_exactly_one_gets_it(chatbot: Chatbot, time: str) -> None:
    """INV-34, and INV-05: who lost a race of transactions heard that the slot is taken, and was counted once."""
    day, before = an_own_day(), _totals(chatbot)
    answers = all_at_once(
        BOOKERS, lambda n: chatbot.book(day, time, f"booker-{n}-{day}@example.com", property_id="cedar-row")
    )

    assert _outcomes(answers) == {(201, None): 1, (409, "SLOT_UNAVAILABLE"): BOOKERS - 1}
    counted = _totals(chatbot) - before
    assert (counted["booked"], counted["confirmed"], counted["refused"]) == (1, 1, BOOKERS - 1)


@pytest.mark.parametrize(("tour_type", "places"), [("in_person", 3), ("virtual", 3), ("self_guided", 2)])
def test_as_many_get_a_time_as_there_are_guides_or_places(chatbot: Chatbot, tour_type: str, places: int) -> None:
    """INV-34"""
    day = an_own_day()
    answers = all_at_once(
        BOOKERS, lambda n: chatbot.book(day, "15:00", f"guest-{n}-{day}@example.com", tour_type=tour_type)
    )

    assert _outcomes(answers) == {(201, None): places, (409, "SLOT_UNAVAILABLE"): BOOKERS - places}
    guides = {answer.json()["staff_member"] for answer in answers if answer.status_code == 201}
    assert len(guides) == (1 if tour_type == "self_guided" else places), "nobody gives two tours at once"


def test_when_all_have_looked_before_anybody_writes_the_condition_alone_decides(world: World) -> None:
    """INV-34: a slot is granted by a conditional write."""
    assert _bookings_after_everybody_looked(world, guarded=True) == {201: 1, 409: IN_PROCESS - 1}


def test_without_its_condition_the_same_claim_oversells(world: World) -> None:
    """INV-03, for tours: the control. If this does not oversell, the test above proves nothing."""
    assert _bookings_after_everybody_looked(world, guarded=False)[201] > 1


def test_of_many_tours_moved_to_one_time_exactly_one_gets_there(chatbot: Chatbot) -> None:
    """INV-34: the others stay where they were, and only the winner's old time is free again."""
    day, wanted = an_own_day(), an_own_day()
    times = [f"{hour:02}:00" for hour in range(9, 17)]
    people = [f"mover-{time[:2]}@example.com" for time in times]
    booked = all_at_once(len(times), lambda n: chatbot.book(day, times[n], people[n], property_id="cedar-row").json())
    answers = all_at_once(
        len(times), lambda n: chatbot.update(booked[n]["appointment_id"], rescheduled_datetime=f"{wanted}T12:00")
    )

    assert _outcomes(answers) == {(200, None): 1, (409, "SLOT_UNAVAILABLE"): len(times) - 1}
    [winner] = [position for position, answer in enumerate(answers) if answer.status_code == 200]
    now = [chatbot.tour(each["appointment_id"])["confirmed_datetime"][:16] for each in booked]
    assert now == [f"{wanted}T12:00" if n == winner else f"{day}T{time}" for n, time in enumerate(times)]
    free = chatbot.free_times(day, property_id="cedar-row")
    assert [time for time in times if time in free] == [times[winner]]
    assert [len(chatbot.appointments(person)) for person in people] == [1] * len(people)


def test_one_prospect_booking_many_times_at_once_ends_with_one_tour(chatbot: Chatbot) -> None:
    """An upcoming tour is replaced, not doubled: in our table, in our diary and in ResMan."""
    day, person = an_own_day(), "undecided@example.com"
    times = [f"{hour:02}:{minute}" for hour in range(9, 15) for minute in ("00", "30")]
    answers = all_at_once(len(times), lambda n: chatbot.book(day, times[n], person))

    assert set(_outcomes(answers)) <= {(201, None), (202, None)}, "202 where the next move came before ResMan's answer"
    [appointment] = {answer.json()["appointment_id"] for answer in answers}
    tour = eventually(lambda: _synced(chatbot, appointment))
    [held] = eventually(lambda: chatbot.appointments(person))
    assert held["starts_at"] == _utc(tour["confirmed_datetime"])
    with inside(chatbot.stack.description["environment"]):
        property = directory.load_property("maple", "maple-court")
        assert property
        claimed = [owner for lane in store.claims_of(property, day).values() for owner in lane.values()]
    assert Counter(claimed) == {appointment: 9}, "45 minutes in cells of five"


def test_one_key_sent_many_times_at_once_makes_one_tour(chatbot: Chatbot) -> None:
    """INV-10: the first answer byte for byte, or 409 while it is not there yet."""
    day, key = an_own_day(), {"Idempotency-Key": f"double-click-{an_own_day()}"}
    booking = {"conversation_id": "double-click", "tour_data": chatbot.wish(day, "10:00", "double@example.com")}
    answers = all_at_once(
        BOOKERS, lambda _: chatbot.stack.request("POST", "/api/resman/tours/book", json=booking, headers=key)
    )

    assert set(_outcomes(answers)) <= {(201, None), (409, "IDEMPOTENCY_KEY_IN_USE")}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert len(chatbot.appointments("double@example.com")) == 1


def _bookings_after_everybody_looked(world: World, *, guarded: bool) -> Counter[int]:
    """Book one slot from many threads; each one's first claim waits until all are about to claim."""
    day, together, waited = an_own_day(), threading.Barrier(IN_PROCESS), threading.local()

    def before_the_claim(params: dict[str, Any], **_: Any) -> None:
        claims = [each["Update"] for each in params["TransactItems"] if _is_claim(each)]
        if claims and not hasattr(waited, "once"):
            waited.once = True
            together.wait(120)
        for claim in [] if guarded else claims:
            claim["ConditionExpression"] += f" OR {ALWAYS_TRUE}"

    table.client().meta.events.register("provide-client-params.dynamodb.TransactWriteItems", before_the_claim)
    slot: dict[str, Any] = {"property_id": "cedar-row", "preferred_date": str(day), "preferred_time": "10:00"}
    answers = all_at_once(IN_PROCESS, lambda n: world.book(prospect_email=f"looker-{n}-{day}@example.com", **slot))
    return Counter(answer.status for answer in answers)


def _is_claim(action: dict[str, Any]) -> bool:
    return "Update" in action and action["Update"]["Key"]["sk"]["S"].startswith("LANE#")


def _outcomes(answers: list[Any]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status_code, answer.json().get("code")) for answer in answers)


def _totals(chatbot: Chatbot) -> Counter[str]:
    totals = chatbot.metrics(property_id="cedar-row")["totals"]
    return Counter({name: count for name, count in totals.items() if isinstance(count, int)})


def _synced(chatbot: Chatbot, appointment: str) -> Any:
    tour = chatbot.tour(appointment)
    return tour if tour["resman_sync"] == "synced" else None


def _utc(local: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromisoformat(local).astimezone(UTC).isoformat()
