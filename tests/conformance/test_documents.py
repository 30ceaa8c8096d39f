"""The running stack keeps every line of the two documents; the summary counts them."""

import pytest

from tests.conformance import items
from tests.conformance.item import Item
from tests.conformance.stage import Stage


@pytest.mark.parametrize("item", items.every(), ids=str)
def test_it_is_as_the_documents_say(stage: Stage, item: Item) -> None:
    item.check(stage)
