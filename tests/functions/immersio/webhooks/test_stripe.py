"""POST /api/v1/webhooks/stripe"""

from collections.abc import Iterator

import pytest
import time_machine

from immersio.booking.model import BookingStatus
from tests.support.money import Money
from tests.support.schools import Schools
from tests.support.students import events, occupancy, read


@pytest.fixture(autouse=True)
def _now() -> Iterator[time_machine.Traveller]:
    """No midnight comes in the middle of a test."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as traveller:
        yield traveller


def test_a_seat_that_is_paid_is_theirs(schools: Schools, money: Money) -> None:
    """INV-17: Immersio is told of it only now."""
    made = money.workshop()
    uid, token = money.booked(made)
    assert events(schools) == []
    money.pay(uid)
    assert money.tell() == [200] * 1
    told = read(uid, token).json["booking"]
    assert (told["status"], told["paid"]) == ("accepted", True)
    assert events(schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    assert occupancy(schools, made).taken == 1
    assert money.booking(uid).status is BookingStatus.ACCEPTED
