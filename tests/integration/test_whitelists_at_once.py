"""Whitelists that many change in the same moment: real threads, each transaction a request to MiniStack."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from immersio.whitelist import leftovers, service, store
from immersio.whitelist.model import Change, Entry
from kernel import clock, ids
from tests.support.chatbot import all_at_once
from tests.support.lists import TENANT, counted, first_write_of_each_thread, listed, students, without_conditions

pytestmark = pytest.mark.usefixtures("world")

THREADS = 8
FULL = 5000


@pytest.fixture
def workshop_id() -> int:
    return ids.new_number()


@pytest.fixture
def do(workshop_id: int) -> Callable[..., Change]:
    def doing(mode: str, emails: list[str]) -> Change:
        entries = [Entry(email=email) for email in emails]
        change: Change = getattr(service, mode)(TENANT, workshop_id, entries)
        return change

    return doing


def test_additions_at_once_lose_nothing_and_count_nothing_twice(do: Any, workshop_id: int) -> None:
    """INV-25: each adds 60 addresses, of which the next one adds 30 too, and all have read before anybody writes."""
    changes = _added_at_once(do)
    everybody = students(30 * THREADS + 30)
    assert (listed(workshop_id), counted(workshop_id)) == (everybody, len(everybody))
    assert sum(change.added for change in changes) == len(everybody)
    assert {change.added + change.skipped for change in changes} == {60}


def test_without_the_condition_on_entries_they_are_counted_twice(do: Any, workshop_id: int) -> None:
    """The control: if nothing is counted twice here, the test above proves nothing."""
    with without_conditions("EMAIL#"):
        changes = _added_at_once(do)
    assert counted(workshop_id) == sum(change.added for change in changes) == 60 * THREADS
    assert len(listed(workshop_id)) == 30 * THREADS + 30


def test_additions_and_removals_at_once_add_up(do: Any, workshop_id: int) -> None:
    do("add", students(200))
    work = [("add", students(50, first=200 + 50 * n)) for n in range(THREADS // 2)]
    work += [("remove", students(50, first=25 * n)) for n in range(THREADS // 2)]
    changes = all_at_once(THREADS, lambda n: do(*work[n]))
    assert sum(change.added for change in changes) == 200
    assert sum(change.removed for change in changes) == 125
    assert (listed(workshop_id), counted(workshop_id)) == (students(275, first=125), 275)


def test_what_is_added_at_once_with_a_replacement_is_on_the_list_it_made(do: Any, workshop_id: int) -> None:
    """INV-25: all who add have read the old list, and write when it has just been replaced."""
    changes = _added_to_a_list_that_is_replaced(do)
    assert listed(workshop_id) == students(130 + 5 * THREADS)
    assert [change.added for change in changes] == [5] * THREADS
    assert counted(workshop_id) == 130 + 5 * THREADS


def test_without_the_condition_on_the_head_additions_are_lost(do: Any, workshop_id: int) -> None:
    """The control of the test above: each was told that all was added."""
    with without_conditions("WHITELIST"):
        changes = _added_to_a_list_that_is_replaced(do)
    assert [change.added for change in changes] == [5] * THREADS
    assert listed(workshop_id) == students(130)


def test_lists_that_are_replaced_at_once_follow_one_another(do: Any, workshop_id: int) -> None:
    """INV-25: the last one holds, whole, and what each counted adds up to it."""
    do("add", students(10))
    lists = [students(130, first=100 * n) for n in range(4)]
    changes = all_at_once(len(lists), lambda n: do("replace", lists[n]))
    assert listed(workshop_id) in lists
    assert counted(workshop_id) == 130 == 10 + sum(change.added - change.removed for change in changes)


def test_five_thousand_are_replaced_by_five_thousand_while_somebody_reads(do: Any, workshop_id: int) -> None:
    """INV-25: the reader has the one list or the other, whole, every time."""
    old, new = students(FULL), students(FULL, first=FULL // 2)
    assert do("replace", old) == Change(total=FULL, added=FULL)
    with ThreadPoolExecutor(1) as pool:
        replacing = pool.submit(do, "replace", new)
        seen = [listed(workshop_id) for _ in iter(replacing.done, True)]
    assert replacing.result() == Change(total=FULL, added=FULL // 2, removed=FULL // 2, skipped=FULL // 2)
    assert (listed(workshop_id), counted(workshop_id)) == (new, FULL)
    assert seen
    assert [len(one) for one in seen if one not in (old, new)] == []


def test_a_list_that_is_too_long_to_be_deleted_in_one_request_goes_later(do: Any, workshop_id: int) -> None:
    """Nobody sees it, and the request that replaced it had no time for more."""
    size = leftovers.MOST_AT_ONCE + 100
    do("add", students(size))
    assert do("replace", students(1)) == Change(total=1, removed=size - 1, skipped=1)
    assert (listed(workshop_id), _rows(workshop_id)) == (students(1), [1, 100])
    leftovers.clear(TENANT, workshop_id, older_than=clock.now())
    assert (listed(workshop_id), _rows(workshop_id)) == (students(1), [1])


def _rows(workshop_id: int) -> list[int]:
    """How many entries each generation has."""
    found = (generation.number for generation in store.load_generations(TENANT, workshop_id))
    return sorted(len(list(store.entries(TENANT, workshop_id, number))) for number in found)


def _added_at_once(do: Any) -> list[Change]:
    do("add", [])
    together = threading.Barrier(THREADS)
    with first_write_of_each_thread(lambda: together.wait(120)):
        return all_at_once(THREADS, lambda n: do("add", students(60, first=30 * n)))


def _added_to_a_list_that_is_replaced(do: Any) -> list[Change]:
    """130 take the place of 10; the additions had read that list of 10."""
    do("add", students(10, first=9000))
    together = threading.Barrier(THREADS, action=lambda: do("replace", students(130)))
    with first_write_of_each_thread(lambda: together.wait(120)):
        return all_at_once(THREADS, lambda n: do("add", students(5, first=130 + 5 * n)))
