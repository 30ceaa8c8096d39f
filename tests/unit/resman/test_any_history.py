"""Whatever happens to tours, in whatever order: the diary, ResMan, the counters and the callbacks agree with them.

The histories below the property were found by looking for one that breaks it; each did once.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kernel import clock
from resman.model import Tour
from resman.notices import Owed
from tests.support.history import History, a_new_world
from tests.support.world import next_open_day

PEOPLE = ("ada@example.com", "grace@example.com", "joan@example.com")
TIMES = ("14:00", "14:30", "15:00", "16:00")
TYPES = ("in_person", "virtual", "self_guided")
ADA = ("book", "ada@example.com", "cedar-row", "in_person", "14:00")
"""At Cedar Row one person gives all tours."""

places = st.sampled_from(("cedar-row", "maple-court"))
times = st.sampled_from(TIMES)
which = st.integers(0, 3)
operations = st.one_of(
    st.tuples(st.just("book"), st.sampled_from(PEOPLE), places, st.sampled_from(TYPES), times),
    st.tuples(st.just("move"), which, times),
    st.tuples(st.just("become"), which, st.sampled_from(("cancelled", "completed", "no_show"))),
    st.tuples(st.just("note"), which),
    st.tuples(
        st.just("resman"),
        which,
        st.sampled_from(("Scheduled", "Scheduled", "Cancelled", "Show", "No Show", "Thinking")),
        st.one_of(st.none(), st.sampled_from((*TIMES, "14:02", "14:03"))),
        st.booleans(),
    ),
    st.tuples(st.just("by_hand"), st.sampled_from(("noor", "dana")), times),
    st.tuples(st.just("break"), st.sampled_from(("down", "post", "lost"))),
    st.tuples(st.just("mend")),
    st.tuples(st.just("work")),
    st.tuples(st.just("poll")),
    st.tuples(st.just("wait"), st.sampled_from((1, 16, 245))),
    st.tuples(st.just("hire"), st.booleans()),
)


@given(st.lists(operations, min_size=3, max_size=10))
@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
def test_after_any_history_all_that_we_keep_and_tell_agrees(operations: list[tuple[Any, ...]]) -> None:
    """INV-34, INV-36."""
    with a_new_world() as (world, time):
        history = History(world, time)
        for operation in operations:
            history.do(*operation)
        history.settle()


@pytest.fixture
def history() -> Iterator[History]:
    with a_new_world() as (world, time):
        yield History(world, time)


def _reminders(history: History) -> int:
    """How many of the first tour's reminders still hold."""
    tour = history.tours()[0]
    owed = [Owed.model_validate(message.payload) for message in history.world.messages("prospect.reminder")]
    return sum((one.starts_at, one.slot_since) == (tour.starts_at, tour.slot_since) for one in owed)


def _run(history: History, *operations: tuple[Any, ...]) -> Tour:
    """The first tour after these."""
    for operation in operations:
        history.do(*operation)
    return history.tours()[0]


def _staff_note_in_resman(history: History) -> None:
    history.time.shift(timedelta(seconds=2))
    tour = history.tours()[0].id
    history.world.resman_staff("_change", appointment_id=tour, status="Scheduled", staff_notes="brings a dog")


def test_a_tour_moved_away_and_back_while_resman_was_down_is_still_reminded_of(history: History) -> None:
    _run(history, ADA, ("break", "down"), ("move", 0, "16:00"), ("move", 0, "14:00"), ("mend",), ("wait", 1))

    assert _reminders(history) == 2


def test_a_tour_rebooked_as_another_type_at_the_same_time_is_still_reminded_of(history: History) -> None:
    _run(history, ADA, ("book", "ada@example.com", "cedar-row", "virtual", "14:00"))

    assert _reminders(history) == 2


def test_a_tour_handed_to_a_colleague_is_still_reminded_of(history: History) -> None:
    tour = _run(history, ("book", "ada@example.com", "maple-court", "in_person", "14:00"))
    colleague = "lee" if tour.lane == "dana" else "dana"
    history.time.shift(timedelta(seconds=2))
    told = {"appointment_id": tour.id, "status": "Scheduled", "updated_fields": {}, "staff_member": colleague}
    history.world.signed(json.dumps({**told, "timestamp": clock.iso(clock.now())}))

    assert history.tours()[0].lane == colleague
    assert _reminders(history) == 2


def test_a_note_that_staff_type_in_resman_does_not_undo_a_move_that_waits(history: History) -> None:
    _run(history, ADA, ("break", "down"), ("move", 0, "16:00"), ("mend",))
    _staff_note_in_resman(history)
    tour = _run(history, ("poll",), ("wait", 1))

    assert (tour.status, tour.starts_at.hour) == ("confirmed", 22)


def test_nor_does_it_give_a_guide_to_a_tour_that_becomes_self_guided(history: History) -> None:
    self_guided = ("book", "ada@example.com", "cedar-row", "self_guided", "16:00")
    _run(history, ADA, ("break", "down"), self_guided, ("mend",))
    _staff_note_in_resman(history)

    assert _run(history, ("poll",)).lane.startswith("self-guided")


def test_a_tour_that_resman_moves_twice_onto_taken_time_holds_nothing_and_can_be_cancelled(history: History) -> None:
    grace = ("book", "grace@example.com", "cedar-row", "in_person", "15:00")
    moves = (("resman", 1, "Scheduled", "14:02", True), ("resman", 1, "Scheduled", "14:03", True))
    _run(history, ADA, grace, *moves, ("become", 1, "cancelled"))
    history.settle()


def test_nor_does_it_after_its_guides_address_was_corrected(history: History) -> None:
    grace = ("book", "grace@example.com", "cedar-row", "in_person", "15:00")
    _run(history, ADA, grace, ("resman", 1, "Scheduled", "14:00", True), ("hire", True))
    _run(history, ("resman", 1, "Thinking", None, False), ("poll",), ("become", 1, "cancelled"))


def test_a_move_that_is_given_up_holds_its_former_time_again(history: History) -> None:
    grace = ("book", "grace@example.com", "cedar-row", "in_person", "16:00")
    onto_grace = ("resman", 0, "Scheduled", "16:00", True)
    _run(history, ADA, grace, ("break", "down"), ("move", 0, "15:00"), onto_grace)
    tour = _run(history, ("mend",), ("work",), ("wait", 1))

    assert (tour.status, tour.starts_at.hour, tour.holds_slot) == ("confirmed", 20, True)


def test_a_tour_that_resman_double_booked_stays_confirmed_when_a_later_move_is_given_up(history: History) -> None:
    grace = ("book", "grace@example.com", "cedar-row", "in_person", "16:00")
    onto_grace = ("resman", 0, "Scheduled", "16:00", True)
    tour = _run(history, ADA, grace, onto_grace, ("break", "down"), ("move", 0, "14:00"), ("wait", 245))

    assert tour.status == "confirmed"


def test_a_move_is_not_given_up_into_the_past(history: History) -> None:
    _run(history, ADA)
    history.time.move_to(f"{next_open_day()}T19:00:00Z")
    _run(history, ("break", "down"), ("move", 0, "16:00"))
    history.time.move_to(f"{next_open_day()}T21:45:00Z")
    tour = _run(history, ("wait", 1), ("wait", 1))

    assert tour.status == "failed"


def test_a_failed_tour_that_was_confirmed_once_is_taken_out_of_the_calendars(history: History) -> None:
    _run(history, ADA, ("work",), ("break", "down"), ("move", 0, "16:00"))
    sent = len(history.world.mail())
    tour = _run(history, ("book", "grace@example.com", "cedar-row", "in_person", "14:00"), ("wait", 245), ("work",))

    assert tour.status == "failed"
    recalled = [
        str(message["To"])
        for message in history.world.mail()[sent:]
        for part in message.walk()
        if part.get_content_type() == "text/calendar" and "METHOD:CANCEL" in part.get_content()
    ]
    assert set(recalled) == {"noor@leasing.example", "ada@example.com"}


def test_a_tour_that_takes_place_while_its_move_waits_is_completed_at_its_former_time(history: History) -> None:
    tour = _run(history, ADA, ("break", "down"), ("move", 0, "16:00"), ("become", 0, "completed"))

    assert (tour.status, tour.starts_at.hour) == ("completed", 20)
