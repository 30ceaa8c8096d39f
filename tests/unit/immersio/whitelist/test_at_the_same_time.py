"""Whitelists that are changed while they are being changed: nothing is lost, and nothing counted twice."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.whitelist import leftovers, service, store
from immersio.whitelist.model import Change
from kernel import clock
from kernel.errors import TemporarilyUnavailable
from tests.support.lists import (
    BEFORE_ANYTHING,
    TENANT,
    WORKSHOP,
    add,
    counted,
    hooked,
    listed,
    meanwhile,
    remove,
    replace,
    rows,
    students,
    without_conditions,
)

pytestmark = pytest.mark.usefixtures("aws")

ADA, BO, CY, DI = "ada@example.com", "bo@example.com", "cy@example.com", "di@example.com"


def test_what_is_added_while_the_list_is_replaced_is_on_the_new_one() -> None:
    """INV-25: the addition had read the old list, and was about to write to it."""
    add(ADA)
    with meanwhile(lambda: replace(BO)):
        change = add(CY)
    assert (listed(), change) == ([BO, CY], Change(total=2, added=1))


def test_without_looking_at_the_head_an_addition_is_lost() -> None:
    """The control: if nothing is lost here, the test above proves nothing."""
    add(ADA)
    with without_conditions("WHITELIST"), meanwhile(lambda: replace(BO)):
        assert add(CY).added == 1
    assert CY not in listed()


def test_of_a_long_addition_all_of_it_is_on_the_new_list() -> None:
    """INV-25: its first transaction went to the list that was replaced before the second."""
    add(ADA)
    many = students(150)
    with meanwhile(lambda: None, lambda: replace(BO, many[0])):
        change = add(*many)
    assert listed() == [BO, *many]
    assert change == Change(total=151, added=149, skipped=1)


def test_what_is_removed_while_the_list_is_replaced_is_gone_from_the_new_one() -> None:
    add(ADA, BO)
    with meanwhile(lambda: replace(ADA, BO, CY)):
        change = remove(ADA)
    assert (listed(), change) == ([BO, CY], Change(total=2, removed=1))


def test_a_replacement_counts_what_was_added_in_the_last_moment() -> None:
    """INV-25: its difference is to the very list that it replaced."""
    add(ADA)
    with meanwhile(lambda: None, lambda: None, lambda: add(BO, CY)):
        change = replace(CY, DI)
    assert (listed(), change) == ([CY, DI], Change(total=2, added=1, removed=2, skipped=1))


def test_of_two_replacements_the_later_one_holds_and_counts_from_the_earlier() -> None:
    add(ADA)
    with meanwhile(lambda: None, lambda: None, lambda: replace(BO, CY)):
        change = replace(CY, DI)
    assert (listed(), change) == ([CY, DI], Change(total=2, added=1, removed=1, skipped=1))


def test_two_who_add_the_same_address_add_it_once() -> None:
    """INV-25: both had seen that it was not there."""
    add(ADA)
    with meanwhile(lambda: add(BO, CY)):
        change = add(BO, DI)
    assert (listed(), counted(), change) == ([ADA, BO, CY, DI], 4, Change(total=4, added=1, skipped=1))


def test_without_its_condition_an_address_is_counted_twice() -> None:
    """The control of the test above."""
    add(ADA)
    with without_conditions("EMAIL#"), meanwhile(lambda: add(BO)):
        add(BO)
    assert (len(listed()), counted()) == (2, 3)


def test_two_who_remove_the_same_address_remove_it_once() -> None:
    add(ADA, BO, CY)
    with meanwhile(lambda: remove(BO)):
        change = remove(BO, CY)
    assert (listed(), counted(), change) == ([ADA], 1, Change(total=1, removed=1))


def test_two_who_begin_the_same_list_begin_one() -> None:
    with meanwhile(lambda: add(ADA)):
        change = add(BO)
    assert (listed(), counted(), change) == ([ADA, BO], 2, Change(total=2, added=1))


def test_a_reader_sees_the_old_list_or_the_new_one_and_nothing_else() -> None:
    """INV-25: looked at before every single call to the table that a replacement makes."""
    old, new = students(100), students(100, first=50)
    add(*old)
    seen: list[list[str]] = []
    with meanwhile(*[lambda: seen.append(listed())] * 100, event=BEFORE_ANYTHING):
        replace(*new)
    assert len(seen) > 8
    assert [one for one in seen if one not in (old, new)] == []
    assert seen == sorted(seen, key=(old, new).index), "and never the old one again"


def test_a_list_that_is_replaced_and_deleted_while_it_is_read_is_read_again() -> None:
    """INV-25: the reader had found the old list, and is about to read who is on it."""
    old, new = students(5), students(5, first=3)
    add(*old)
    with meanwhile(lambda: replace(*new), event="before-call.dynamodb.Query"):
        assert listed() == new


class _Crash(Exception):
    pass


def test_a_replacement_that_dies_has_happened_or_has_not() -> None:
    """INV-25: at any call; what it leaves behind is in nobody's way, and is cleared away in time."""
    old, new = students(3), students(100, first=2)
    outcomes: list[list[str]] = []
    with time_machine.travel(clock.now(), tick=True) as time:
        add(*old)
        while not _survives(len(outcomes), new):
            outcomes.append(listed())
            assert counted() == len(listed())
            assert replace(*old).total == 3
            time.shift(leftovers.GRACE + timedelta(seconds=1))
            leftovers.clear(TENANT, WORKSHOP)
            assert (len(rows("whitelist_entry")), len(rows("whitelist_generation"))) == (3, 1)
    assert (listed(), len(outcomes) > 10) == (new, True)
    assert [one for one in outcomes if one not in (old, new)] == []
    assert outcomes == sorted(outcomes, key=(old, new).index), "from one call on it has happened"


def _survives(calls: int, emails: list[str]) -> bool:
    left = iter(range(calls))

    def fail(**_: Any) -> None:
        if next(left, None) is None:
            raise _Crash

    with hooked(BEFORE_ANYTHING, fail):
        try:
            replace(*emails)
        except _Crash:
            return False
    return True


def test_what_is_just_being_written_is_not_cleared_away() -> None:
    with meanwhile(lambda: None, lambda: None, lambda: leftovers.clear(TENANT, WORKSHOP)):
        replace(*students(150))
    assert listed() == students(150)


def test_a_list_that_was_cleared_away_before_it_was_finished_is_never_put_in_place() -> None:
    """It took longer than anything may: better no change than half a list."""
    add(ADA)
    with time_machine.travel(clock.now(), tick=True) as time:

        def much_later() -> None:
            time.shift(leftovers.GRACE + timedelta(seconds=1))
            leftovers.clear(TENANT, WORKSHOP)

        with meanwhile(lambda: None, lambda: None, much_later), pytest.raises(TemporarilyUnavailable):
            replace(*students(150))
    assert listed() == [ADA]


def test_a_workshops_first_list_appears_with_the_workshop_or_is_forgotten() -> None:
    """INV-25"""
    actions = service.begin(TENANT, WORKSHOP, [ADA, "BO@example.com", ADA.upper()])
    assert listed() == []
    store.commit(*actions)
    assert (listed(), counted(), add(BO)) == ([ADA, "BO@example.com"], 2, Change(total=2, skipped=1))
    service.begin(TENANT, WORKSHOP + 1, students(120))
    service.forget(TENANT, WORKSHOP + 1)
    service.forget(TENANT, WORKSHOP)
    assert (len(rows("whitelist_entry")), len(rows("whitelist_generation"))) == (2, 1)


def test_a_list_that_appears_while_it_is_forgotten_stays() -> None:
    """Its workshop was made after all, between the look and the deletion."""
    actions = service.begin(TENANT, WORKSHOP, [ADA])
    with meanwhile(lambda: store.commit(*actions)):
        service.forget(TENANT, WORKSHOP)
    assert (listed(), counted()) == ([ADA], 1)


def test_a_list_that_was_just_replaced_is_not_cleared_away_before_it_is_counted() -> None:
    add(ADA, BO)
    with time_machine.travel(clock.now() + leftovers.GRACE * 2, tick=True):
        clear = meanwhile(lambda: leftovers.clear(TENANT, WORKSHOP), event="before-call.dynamodb.BatchGetItem")
        with clear:
            assert replace(BO, CY) == Change(total=2, added=1, removed=1, skipped=1)
