"""Taking up an offer: a freed seat that was held for somebody who waited for it."""

from immersio.booking import changes, managing, paying, quota, store
from immersio.booking.model import Booking
from immersio.booking.settling import settle
from immersio.tenant.model import Tenant
from immersio.whitelist.admission import admission
from immersio.workshop import store as workshops
from immersio.workshop.model import Workshop
from kernel import clock
from kernel.errors import Conflict, TemporarilyUnavailable, WorkshopNotFound

TRIES = 5


def accept(uid: str, token: str) -> tuple[Booking, Tenant]:
    """The seat is theirs, or theirs to pay for. Once more changes nothing, and answers as the first time."""
    for _ in range(TRIES):
        booking, tenant = managing.find(uid, token)
        if not booking.is_alive(clock.now()):
            raise Conflict("The offer is over, and its seat was given on; join the waitlist again")
        if booking.is_offer:
            try:
                booking = _take_up(booking, tenant)
            except store.ConditionFailed:
                continue
        settle(booking.place, uid)
        return paying.open_page(booking, tenant), tenant
    raise TemporarilyUnavailable("This booking is being changed elsewhere; try again", retry_after_seconds=1)


def _take_up(offer: Booking, tenant: Tenant) -> Booking:
    """As when a seat is booked, the whitelist is asked (INV-25), and the plan (INV-07); refused, the offer stays."""
    workshop = workshops.load_workshop(offer.tenant_id, offer.workshop_id)
    if workshop is None:
        raise WorkshopNotFound("This workshop does not exist any more")
    listed = admission(tenant.id, workshop, offer.attendee.email)
    after, actions = _taken(offer, workshop, tenant)
    quota.use(tenant, offer.created_at)
    try:
        store.commit(*actions, *listed)
    except store.ConditionFailed:
        quota.give_back(tenant, offer.created_at)
        raise
    return after


def _taken(offer: Booking, workshop: Workshop, tenant: Tenant) -> changes.Change:
    """Accepted, or from here on held until it is paid."""
    price = paying.price_of(workshop, tenant, clock.now())
    if price is None:
        return changes.accepted(offer, tenant)
    return changes.to_be_paid(offer, price, paying.held_until(price, offer.starts_at))
