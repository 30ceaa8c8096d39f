"""A page of bookings for anybody who is signed in: those they may see, the latest start first.

A page costs a page, however many bookings a school has. Of all the school's, an index tells how many there are and
where; of a workshop's, its occurrences do, as for `booking.service`; a student's own are few.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from heapq import merge
from itertools import islice

from immersio.access.callers import Member, SignedIn
from immersio.access.model import Role
from immersio.booking import store, views
from immersio.booking.model import Booking
from immersio.booking.schemas import FIRST_INSTANT, LAST_INSTANT, ListBookingsInput, ListedPage
from immersio.booking.service import count_bookings
from immersio.seat import store as seats
from immersio.workshop import store as workshops
from immersio.workshop.access import own_workshop
from immersio.workshop.model import Shelf

Counts = Mapping[datetime, Mapping[int, int]]
"""By the start of a class and by workshop: how many of its bookings are asked for."""
Found = tuple[list[Booking], int]


def list_bookings(caller: SignedIn, input: ListBookingsInput) -> ListedPage:
    """A student sees their own, a teacher those of their workshops, who runs the school all (INV-24)."""
    bookings, total = _found(caller, input)
    return ListedPage(
        bookings=[views.listed(booking) for booking in bookings if booking.status in input.statuses],
        total_count=total,
    )


def _found(caller: SignedIn, input: ListBookingsInput) -> Found:
    if caller.role is Role.STUDENT:
        return _of_student(caller, input)
    if input.of_workshop is not None:
        workshop = own_workshop(Member(caller.user, caller.role), input.of_workshop)
        return _of_workshops(caller.tenant_id, [workshop.id], input)
    if caller.role is Role.MEMBER:
        return _of_workshops(caller.tenant_id, _taught_by(caller), input)
    total = store.count_of_school(caller.tenant_id, input.statuses)
    return store.page_of_school(caller.tenant_id, input.statuses, input.first, input.limit), total


def _of_student(caller: SignedIn, input: ListBookingsInput) -> Found:
    entries = store.entries_of_student(caller.tenant_id, caller.user.email, input.statuses)
    own = [one for one in entries if input.of_workshop in {None, one.workshop_id}]
    return store.load_entries(islice(own, input.first, input.first + input.limit)), len(own)


def _taught_by(caller: SignedIn) -> list[int]:
    shelf = Shelf(teacher_id=caller.user_id)
    return workshops.page_of_ids(caller.tenant_id, shelf, 0, workshops.count_workshops(caller.tenant_id, shelf))


def _of_workshops(tenant_id: int, workshop_ids: Iterable[int], input: ListBookingsInput) -> Found:
    """Only of the classes that are on the page, bookings are read."""
    counts = _counts(tenant_id, workshop_ids, input)
    starts, skip = _on_the_page(counts, input.first, input.limit)
    last = skip + input.limit
    found = [
        store.bookings_of_workshop(
            tenant_id, one, starts[-1], starts[0], statuses=input.statuses, limit=last, descending=True
        )
        for one in {workshop_id for start in starts for workshop_id in counts[start]}
    ]
    bookings = islice(merge(*found, key=store.IN_ORDER, reverse=True), skip, last)
    return list(bookings), sum(sum(each.values()) for each in counts.values())


def _counts(tenant_id: int, workshop_ids: Iterable[int], input: ListBookingsInput) -> Counts:
    counts: dict[datetime, dict[int, int]] = defaultdict(dict)
    for workshop_id in workshop_ids:
        for place, occupancy in seats.occupancies_between(tenant_id, workshop_id, FIRST_INSTANT, LAST_INSTANT):
            if bookings := count_bookings(occupancy, input.statuses):
                counts[place.starts_at][workshop_id] = bookings
    return counts


def _on_the_page(counts: Counts, skip: int, limit: int) -> tuple[list[datetime], int]:
    """The starts on a page, the latest first, and how many bookings of the first of them are on the page before."""
    starts: list[datetime] = []
    wanted = limit
    for start in sorted(counts, reverse=True):
        bookings = sum(counts[start].values())
        if not starts and skip >= bookings:
            skip -= bookings
            continue
        wanted -= bookings if starts else bookings - skip
        starts.append(start)
        if wanted <= 0:
            break
    return starts, skip
