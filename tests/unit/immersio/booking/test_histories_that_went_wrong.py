"""Histories by which seats or money once came to be wrong; most were found by `test_any_history`."""

from collections.abc import Iterator
from functools import partial

import pytest

from immersio.booking.model import BookingStatus, CancelledBy, PaymentStatus
from immersio.payment.model import RefundStatus
from tests.support.bookings import count_towards_the_plan
from tests.support.ledger import CANCELLED
from tests.support.seat_acts import FREE, PAID
from tests.support.seat_story import Story, a_new_story


@pytest.fixture
def story() -> Iterator[Story]:
    with a_new_story() as story:
        yield story


def bought(story: Story) -> None:
    story.buy("ada", 0)
    story.check()
    assert story.ledger.bookings


def held(story: Story, key: str | None = None) -> None:
    assert story.book("ada", PAID, 0, key)
    story.check()


def cancel_while_stripe_is_down(story: Story) -> None:
    story.break_stripe(times=20, after=False)
    story.cancel(0)
    story.money.stripe.mend()
    story.check()


def counted(story: Story) -> int:
    story.check()
    return story.ledger.usage.total()


def test_a_page_that_nobody_was_shown_closes_and_stripe_tells_it_once(story: Story) -> None:
    """INV-18: it was refused for ever, as a page that is being opened."""
    story.break_stripe(times=2, after=True)
    story.book("ada", PAID, 0)
    story.wait(50)
    assert story.tell() == [200]
    story.finish()


def test_what_a_school_gave_back_before_a_cancellation_is_out_of_its_revenue_once(story: Story) -> None:
    """INV-11: the whole refund was counted on top of the part."""
    bought(story)
    story.refund_by_hand(0, 500)
    story.tell()
    story.check()
    story.cancel(0)
    story.finish()
    assert story.ledger.statistics()["totalRevenue"] == 0


def test_nor_does_a_refund_that_stripe_refuses_put_it_back(story: Story) -> None:
    """INV-21: of a payment that is disputed nothing more goes back, and what went back stays known."""
    bought(story)
    story.refund_by_hand(0, 500)
    story.tell()
    story.dispute(0, None)
    story.tell()
    story.check()
    story.cancel(0)
    story.work()
    story.check()
    (booking,) = story.ledger.bookings.values()
    assert booking.refund
    assert (booking.refund.status, booking.refund.returned) == (RefundStatus.FAILED, 500)


def test_a_part_that_goes_back_by_hand_is_not_taken_for_what_is_owed(story: Story) -> None:
    """INV-13: the rest was forgotten, as something had gone back."""
    bought(story)
    cancel_while_stripe_is_down(story)
    story.refund_by_hand(0, 500)
    story.tell()
    story.finish()
    (charge,) = story.ledger.charges.values()
    assert charge.given_back == charge.amount


def test_money_that_comes_back_was_not_refunded(story: Story) -> None:
    """INV-21: the seat is theirs, and is paid."""
    bought(story)
    story.refund_by_hand(0, None)
    story.tell()
    story.settle_refund(0, "failed")
    story.tell()
    story.check()
    (booking,) = story.ledger.bookings.values()
    assert booking.payment
    assert booking.payment.status is PaymentStatus.PAID


def test_who_gives_back_what_had_run_out_does_not_win_it_back_by_paying(story: Story) -> None:
    """INV-14: they were told that it is cancelled."""
    held(story)
    story.pay(0, "processing")
    story.wait(46)
    story.sweep()
    story.work("immersio-seats")
    story.check()
    story.cancel(0)
    story.pay(0, "paid")
    story.tell()
    story.finish()
    (booking,) = story.ledger.bookings.values()
    assert booking.cancellation
    assert (booking.status, booking.cancellation.by) == (BookingStatus.CANCELLED, CancelledBy.STUDENT)
    assert [each.kind for each in story.ledger.told[booking.uid]] == [CANCELLED]


def test_who_moves_back_while_the_move_goes_on_keeps_a_seat(story: Story) -> None:
    """INV-04: the seat they came back to was given away, as it had been when it was looked at."""
    assert story.book("ada", FREE, 0)
    for call in range(40):
        story.check()
        story.overtake(call, partial(story.reschedule, 0, 0))
        story.reschedule(0, 1)
        story.check()
        if not story.was_overtaken:
            break
        story.reschedule(0, 0)
        story.wait(3)
        story.sweep()
        story.work("immersio-seats")
    assert call > 10
    story.finish()


def test_a_seat_that_was_paid_in_vain_does_not_count_against_the_plan(story: Story) -> None:
    """INV-07: whether its hold was swept before or not."""
    held(story)
    story.wait(46)
    for who in ("bo", "cy"):
        assert story.book(who, FREE, 0)
        assert story.book(who, PAID, 0)
    assert counted(story) == 4


@pytest.mark.parametrize("swept", [True, False])
def test_nor_does_one_whose_seat_is_gone(story: Story, swept: bool) -> None:
    """INV-07"""
    held(story)
    story.pay(0, "paid")
    story.wait(8 * 24 * 60)
    if swept:
        story.sweep()
        story.work()
    story.tell()
    assert counted(story) == 0


def test_a_seat_that_is_won_back_counts_before_it_is_theirs(story: Story) -> None:
    """INV-07: whoever died in between let the school have one more than it may."""
    held(story)
    story.pay(0, "paid")
    story.wait(46)
    story.sweep()
    story.work("immersio-seats")
    assert counted(story) == 0
    for call in range(40):
        story.has_crashed = False
        story.die(call)
        story.tell()
        story.check()
        kept = [one for one in story.ledger.bookings.values() if one.status is BookingStatus.ACCEPTED]
        assert story.ledger.usage.total() >= len(kept)
        if not story.has_crashed:
            assert kept
            break
    assert call > 5


def test_of_one_request_that_came_twice_at_once_one_counts(story: Story) -> None:
    """INV-07: both had counted it by then, and one of them found it made."""
    for call in range(16):
        ask = partial(story.book, f"ada{call}", FREE, 0, "hers")
        story.overtake(call, ask)
        assert ask()
        assert counted(story) == call + 1, f"overtaken before call {call}"
        story.cancel(-1)


def test_of_one_request_that_came_twice_the_one_that_is_refused_leaves_the_other_its_seat(story: Story) -> None:
    """INV-01: where the plan had room for one of them, the other gave back the seat of both."""
    story.is_faulty = True
    for call in range(40):
        count_towards_the_plan(story.schools, "lite", 9 - counted(story))
        ask = partial(story.book, f"ada{call}", FREE, 0, "hers")
        story.overtake(call, ask)
        ask()
        if not story.was_overtaken:
            break
        story.check()
        assert len(story.ledger.alive) == 1, f"overtaken before call {call}"
        story.cancel(-1)
    assert call > 10


def test_what_a_school_gave_back_itself_is_not_owed_again(story: Story) -> None:
    """INV-21: Stripe need not be asked for what it has told."""
    bought(story)
    story.refund_by_hand(0, None)
    story.tell()
    cancel_while_stripe_is_down(story)
    (booking,) = story.ledger.bookings.values()
    assert booking.refund
    assert (booking.refund.status, booking.refund.amount) == (RefundStatus.COMPLETED, 1500)
    assert [each.kind for each in story.ledger.told[booking.uid]][-1] == CANCELLED
    story.finish()
