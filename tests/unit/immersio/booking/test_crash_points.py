"""A process ends before each of its calls to AWS and to Stripe in turn; whoever waited for it asks again.

Then the booking, its seat, Stripe's books and what is told are as if nothing had happened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from immersio.booking.model import Booking, BookingStatus
from tests.support.ledger import CANCELLED, CREATED, PAID
from tests.support.seat_acts import FREE
from tests.support.seat_acts import PAID as COSTS
from tests.support.seat_story import Story, a_new_story

Act = Callable[[Story], object]


KEYS = count()
"""Stripe forgets no key, so each life has its own."""


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with a_new_story() as story:
        yield story


@dataclass(frozen=True)
class Scene:
    before: list[Act]
    """What went well."""
    acts: list[Act]
    """Each is a process that ends somewhere, and is repeated."""
    told: list[str]
    """What Immersio is to be told in the end, in this order."""
    status: BookingStatus = BookingStatus.ACCEPTED
    refunds: int = 0
    calls: int = 8
    """No fewer can there be, or something does not see them."""


def book(story: Story) -> None:
    story.book("ada", COSTS, 0, story.key)


def book_free(story: Story) -> None:
    story.book("ada", FREE, 0, story.key)


def pay(story: Story) -> None:
    """On Stripe's page, so nobody of ours can die of it."""
    story.check()
    story.pay(-1, "paid")


def tell(story: Story) -> None:
    story.tell()


def buy(story: Story) -> None:
    story.buy("ada", 0)
    story.check()


def all_is_done(story: Story) -> None:
    """No message is left that would do by chance what a later one should."""
    story.calm_down()


def cancel(story: Story) -> None:
    story.check()
    story.cancel(-1)


def move(story: Story) -> None:
    story.check()
    story.reschedule(-1, 1)


def hold_ends(story: Story) -> None:
    story.wait(46)


def hold_is_swept(story: Story) -> None:
    story.wait(46)
    story.sweep()
    story.work("immersio-seats")


def somebody_else_books(story: Story) -> None:
    assert story.book("bo", COSTS, 0)
    assert story.book("cy", COSTS, 0)


def cancel_while_stripe_is_down(story: Story) -> None:
    story.break_stripe(times=20, after=False)
    cancel(story)
    story.money.stripe.mend()
    story.schools.route()


def work_on_money(story: Story) -> None:
    """A worker who ended has its message for a while yet."""
    story.work("immersio-payments")
    story.wait(3)


SCENES = {
    "a free seat is booked": Scene([], [book_free], [CREATED]),
    "a free seat is given back": Scene([book_free], [cancel], [CREATED, CANCELLED], BookingStatus.CANCELLED),
    "a seat is booked and paid": Scene([], [book, pay, tell], [CREATED, PAID], calls=16),
    "a hold is given back": Scene([book], [cancel], [], BookingStatus.CANCELLED),
    "a hold was swept and its seat is paid after": Scene([book, pay, hold_is_swept], [tell], [CREATED, PAID]),
    "a hold is swept": Scene([book], [hold_is_swept], [], BookingStatus.CANCELLED),
    "a seat is paid that is somebody else's": Scene(
        [book, pay, hold_ends, somebody_else_books], [tell], [CANCELLED], BookingStatus.CANCELLED, refunds=1
    ),
    "a seat is given back that was paid in the same moment": Scene(
        [book, pay], [cancel], [CANCELLED], BookingStatus.CANCELLED, refunds=1, calls=16
    ),
    "a paid seat is given back": Scene([buy], [cancel], [CREATED, PAID, CANCELLED], BookingStatus.CANCELLED, refunds=1),
    "a worker gives the money back": Scene(
        [buy, cancel_while_stripe_is_down],
        [work_on_money],
        [CREATED, PAID, CANCELLED],
        BookingStatus.CANCELLED,
        refunds=1,
    ),
    "a paid seat is moved": Scene([buy, hold_ends, all_is_done], [move], [CREATED, PAID]),
}


@pytest.mark.parametrize("name", SCENES)
def test_wherever_a_process_ends_the_repetition_makes_it_whole(story: Story, name: str) -> None:
    """INV-27: each change is told of once, in order. INV-16: a handler that ended half-way has not marked anything."""
    scene = SCENES[name]
    deaths = 0
    for act in range(len(scene.acts)):
        for call in count():
            if not _ends(story, scene, act, call):
                break
            deaths += 1
    assert deaths >= scene.calls


def _ends(story: Story, scene: Scene, act: int, call: int) -> bool:
    """Whether this act came to this call at all."""
    story.begin_again()
    story.key = f"key-{next(KEYS)}"
    story.has_crashed = False
    for each in scene.before:
        each(story)
    for number, each in enumerate(scene.acts):
        if number == act:
            story.die(call)
        each(story)
        if number == act and story.has_crashed:
            each(story)
    story.calm_down()
    story.ledger.check_claims()
    _check(story, scene)
    return story.has_crashed


def _check(story: Story, scene: Scene) -> None:
    booking = _adas(story)
    assert booking.status is scene.status
    assert [each.kind for each in story.ledger.told.get(booking.uid, [])] == scene.told
    charge = story.ledger.charges.get(booking.uid)
    assert bool(charge) == booking.paid == (PAID in scene.told or bool(scene.refunds))
    if charge:
        assert len(charge.refunds) == scene.refunds
        assert charge.given_back == (charge.amount if scene.refunds else 0)
    told = booking.refund and (booking.refund.status, booking.refund.amount)
    assert told == (charge.truth if charge else None)


def _adas(story: Story) -> Booking:
    """There is one, and whatever was done to it is hers."""
    (found,) = [one for one in story.ledger.bookings.values() if one.attendee.email == "ada@example.com"]
    return found
