"""A student waits for a seat in a class that is full."""

from immersio.booking import links
from immersio.booking.model import Attendee
from immersio.booking.schemas import BookRequest
from immersio.seat import service as seating
from immersio.seat import store as seats
from immersio.seat.model import Place
from immersio.waitlist import duties, store
from immersio.waitlist.line import first_in_line
from immersio.waitlist.model import Entry
from immersio.waitlist.schemas import Joined, WaitingView
from immersio.whitelist.admission import admission
from immersio.workshop.bookable import check_class, find_school, find_workshop
from immersio.workshop.model import Workshop
from kernel import clock, ids, outbox
from kernel.errors import Conflict, TemporarilyUnavailable

TRIES = 5
"""Only a whitelist that is being replaced can be in the way."""


def join(tenant_slug: str, slug: str, request: BookRequest) -> Joined:
    """An address waits once, and who joins again is told of that."""
    tenant = find_school(tenant_slug)
    workshop = find_workshop(tenant, slug)
    check_class(workshop, request.start_time)
    admission(tenant.id, workshop, request.attendee.email)
    place = Place(tenant.id, workshop.id, request.start_time)
    entry = store.find_entry(place, request.attendee.email) or _joined(place, workshop, request)
    return Joined(
        waitlist=WaitingView(id=entry.id, position=store.position(entry), status="waiting", start_time=entry.starts_at)
    )


def _joined(place: Place, workshop: Workshop, request: BookRequest) -> Entry:
    """The entry comes before the mark: a mark that is there first could be taken away as one of an empty list."""
    _check_is_full(place, workshop, request.attendee.email)
    entry = _commit(_new(place, request), workshop)
    seats.somebody_waits(place, entry.uid)
    return entry


def _check_is_full(place: Place, workshop: Workshop, email: str) -> None:
    """Or that others wait already, who come first."""
    found, now = seats.load_occupancy(place), clock.now()
    seating.check_takes_place(found)
    seating.check_has_none(found, email, now)
    if found.seated(now) < workshop.seats and first_in_line(place) is None:
        raise Conflict("Seats of this class are free: book one instead of waiting")


def _new(place: Place, request: BookRequest) -> Entry:
    attendee = request.attendee
    return Entry(
        tenant_id=place.tenant_id,
        workshop_id=place.workshop_id,
        starts_at=place.starts_at,
        id=ids.new_number(),
        uid=links.new_uid(place.tenant_id),
        attendee=Attendee(email=attendee.email, name=attendee.name, time_zone=attendee.time_zone),
        immersio_student_id=request.immersio_student_id,
    )


def _commit(entry: Entry, workshop: Workshop) -> Entry:
    """The entry as it stands: of two that one address sends at once, there is one."""
    for _ in range(TRIES):
        listed = admission(entry.tenant_id, workshop, entry.attendee.email)
        try:
            store.commit(*store.new_entry(entry), *map(outbox.put, duties.look_after(entry)), *listed)
        except store.ConditionFailed:
            if earlier := store.find_entry(entry.place, entry.attendee.email):
                return earlier
            continue
        return entry
    raise TemporarilyUnavailable("The list of who may book is being changed; try again", retry_after_seconds=1)
