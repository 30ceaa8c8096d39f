"""A student books a seat: claim it, commit the booking, settle the claim. docs/seats.md says why in this order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from immersio.booking import changes, links, paying, quota, store
from immersio.booking.claiming import claim_seat, give_back
from immersio.booking.drafting import draft
from immersio.booking.model import Attendee, Booking, BookingStatus
from immersio.booking.schemas import BookRequest
from immersio.booking.settling import settle
from immersio.seat.model import Wish
from immersio.tenant.model import Tenant
from immersio.whitelist.admission import admission
from immersio.workshop.bookable import check_class, find_school, find_workshop
from immersio.workshop.model import Workshop
from kernel import clock
from kernel.errors import AppError, StripeUnavailable, TemporarilyUnavailable

TRIES = 5
"""Only a whitelist that is being replaced can be in the way."""


def reserve(tenant_slug: str, slug: str, request: BookRequest, key: str | None) -> tuple[Booking, Tenant]:
    """A seat in one class of a workshop. The same request with the same key gets the same booking, until that ended."""
    tenant = find_school(tenant_slug)
    uid = links.new_uid(tenant.id, slug, key, request.model_dump_json()) if key else links.new_uid(tenant.id)
    booking = store.load_booking(tenant.id, uid) if key else None
    if booking and not booking.is_alive(clock.now()):
        booking, uid = None, links.new_uid(tenant.id)
    if booking:
        settle(booking.place, uid)
    else:
        workshop = _workshop(tenant, slug, request.start_time)
        booking = _booked(_new(workshop, tenant, request, uid), workshop, tenant)
    return _to_be_paid(booking, tenant, can_ask_again=key is not None), tenant


def _to_be_paid(booking: Booking, tenant: Tenant, *, can_ask_again: bool) -> Booking:
    """Where Stripe does not answer, only who has a key gets back to this booking; without, it would bar their way."""
    try:
        return paying.open_page(booking, tenant)
    except StripeUnavailable:
        if not can_ask_again:
            paying.give_up(booking, tenant)
        raise


def _workshop(tenant: Tenant, slug: str, starts_at: datetime) -> Workshop:
    """The workshop, if this class of it can be booked."""
    workshop = find_workshop(tenant, slug)
    check_class(workshop, starts_at)
    return workshop


def _new(workshop: Workshop, tenant: Tenant, request: BookRequest, uid: str) -> Booking:
    attendee, now = request.attendee, clock.now()
    payment = paying.price_of(workshop, tenant, now)
    return draft(
        workshop,
        request.start_time,
        uid=uid,
        status=BookingStatus.PENDING if payment else BookingStatus.ACCEPTED,
        attendee=Attendee(email=attendee.email, name=attendee.name, time_zone=attendee.time_zone),
        hold_until=paying.held_until(payment, request.start_time) if payment else None,
        payment=payment,
        accepted_at=None if payment else now,
        immersio_student_id=request.immersio_student_id,
        registration_source="public_page",
        created_at=now,
    )


def _booked(booking: Booking, workshop: Workshop, tenant: Tenant) -> Booking:
    """Whatever fails after the claim gives the seat back; if we die, the claim ends by itself."""
    admission(tenant.id, workshop, booking.attendee.email)
    place, wish = booking.place, Wish(booking.uid, booking.attendee.email)
    made = claim_seat(workshop, booking.starts_at, wish)
    with _undone_by(lambda: give_back(place, wish, made)):
        quota.use(tenant, booking.created_at)
        with _undone_by(lambda: quota.give_back(tenant, booking.created_at)):
            booking = _commit(booking, workshop, tenant)
    settle(booking.place, booking.uid)
    return booking


def _commit(booking: Booking, workshop: Workshop, tenant: Tenant) -> Booking:
    """The booking as it stands: an earlier try of ours may have made it, whose answer was lost."""
    for _ in range(TRIES):
        listed = admission(tenant.id, workshop, booking.attendee.email)
        after, actions = changes.made(booking, tenant)
        try:
            store.commit(*actions, *listed)
        except store.ConditionFailed as failed:
            earlier = store.load_booking(tenant.id, booking.uid) if failed.failed(0) else None
            if earlier:
                quota.give_back(tenant, booking.created_at)
                return earlier
            continue
        return after
    raise TemporarilyUnavailable("The list of who may book is being changed; try again", retry_after_seconds=1)


@contextmanager
def _undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """Give back what was taken for a booking that is refused.

    Where the table did not answer, the booking may be committed yet: then the claim stays, and ends by itself if not.
    """
    try:
        yield
    except AppError as refused:
        if not isinstance(refused, TemporarilyUnavailable):
            undo()
        raise
