"""The whitelist is checked when a booking commits; here the booking is a row that stands for one."""

from typing import Any

import pytest

from immersio.whitelist import admission
from kernel import keys, table
from kernel.errors import WhitelistDenied
from tests.support.lists import TENANT, WORKSHOP, add, listed, meanwhile, remove, replace, rows
from tests.support.seats import a_workshop

pytestmark = pytest.mark.usefixtures("aws")

ADA, BO = "ada@example.com", "bo@example.com"


def book(email: str, **changes: Any) -> None:
    workshop = a_workshop(TENANT, teacher_id=3, **{"id": WORKSHOP, "whitelist_enabled": True, **changes})
    actions = admission.admission(TENANT, workshop, email)
    seat = {**keys.booking(TENANT, email)._asdict(), "entity": "booking"}
    table.write(table.Put(item=seat), *actions)


def seats() -> int:
    return len(rows("booking"))


@pytest.mark.parametrize("spelling", [ADA, ADA.upper(), f" {ADA} ", "\uff41da@example.com"])
def test_who_is_listed_may_book_however_the_address_is_written(spelling: str) -> None:
    """INV-25"""
    add("Ada@Example.com")
    book(spelling)
    assert seats() == 1


def test_who_is_not_listed_may_not() -> None:
    """INV-25"""
    add(ADA)
    with pytest.raises(WhitelistDenied) as denied:
        book(BO)
    assert (denied.value.status, denied.value.code, seats()) == (403, "WHITELIST_DENIED", 0)


@pytest.mark.parametrize(
    "empty", [lambda: None, add, lambda: (add(ADA), remove(ADA))], ids=["never a list", "an empty one", "all removed"]
)
def test_with_nobody_listed_nobody_may(empty: Any) -> None:
    """INV-25: also where there never was a list."""
    empty()
    with pytest.raises(WhitelistDenied):
        book(ADA)


def test_without_a_whitelist_everybody_may() -> None:
    add(ADA)
    book(BO, whitelist_enabled=False)
    assert seats() == 1


def test_another_workshops_list_and_another_schools_do_not_count() -> None:
    """INV-23"""
    add(ADA)
    for elsewhere in ({"id": WORKSHOP + 1}, {}):
        tenant_id = TENANT if elsewhere else TENANT + 1
        workshop = a_workshop(tenant_id, teacher_id=3, **{"id": WORKSHOP, "whitelist_enabled": True, **elsewhere})
        with pytest.raises(WhitelistDenied):
            admission.admission(tenant_id, workshop, ADA)


@pytest.mark.parametrize("change", [lambda: remove(ADA), lambda: replace(BO)], ids=["removed", "replaced"])
def test_who_is_taken_off_the_list_while_booking_does_not_get_in(change: Any) -> None:
    """INV-25: they were on it when the booking began; asked again, they are refused."""
    add(ADA, BO)
    with meanwhile(change), pytest.raises(table.ConditionFailed):
        book(ADA)
    assert seats() == 0
    with pytest.raises(WhitelistDenied):
        book(ADA)


def test_who_stays_on_a_list_that_is_replaced_while_booking_is_asked_once_more_and_gets_in() -> None:
    add(ADA)
    with meanwhile(lambda: replace(ADA, BO)), pytest.raises(table.ConditionFailed):
        book(ADA)
    book(ADA)
    assert seats() == 1


def test_when_a_replacement_is_answered_the_old_list_admits_nobody_who_had_asked_before() -> None:
    """INV-25: only the entry is checked at the commit, and it is gone by then."""
    add(ADA)
    workshop = a_workshop(TENANT, teacher_id=3, id=WORKSHOP, whitelist_enabled=True)
    asked = admission.admission(TENANT, workshop, ADA)
    replace(BO)
    with pytest.raises(table.ConditionFailed):
        table.write(table.Put(item={**keys.booking(TENANT, ADA)._asdict(), "entity": "booking"}), *asked)
    assert (seats(), listed()) == (0, [BO])


def test_the_old_list_admits_nobody_who_asks_after_it_was_replaced_though_its_rows_are_still_there() -> None:
    """INV-25"""
    add(ADA)
    outcomes: list[bool] = []

    def try_to_book() -> None:
        there = any(row["email"] == ADA for row in rows("whitelist_entry"))
        with pytest.raises(WhitelistDenied):
            book(ADA)
        outcomes.append(there)

    # the fourth transaction is the first after the new list was put in place
    with meanwhile(*[lambda: None] * 3, try_to_book):
        replace(BO)
    assert (outcomes, seats(), listed()) == ([True], 0, [BO])


def test_who_is_on_both_lists_is_never_refused_while_one_replaces_the_other() -> None:
    """INV-25: asked before every single call to the table, of which some are between reading the head and the entry."""
    add(ADA)
    asked: list[int] = []
    workshop = a_workshop(TENANT, teacher_id=3, id=WORKSHOP, whitelist_enabled=True)

    def ask() -> None:
        asked.append(len(admission.admission(TENANT, workshop, ADA)))

    with meanwhile(*[ask] * 50, event="before-call.dynamodb"):
        replace(ADA, BO)
    with meanwhile(lambda: None, lambda: replace(ADA), event="before-call.dynamodb.GetItem"):
        ask()
    assert (len(asked) > 8, set(asked)) == (True, {1})
