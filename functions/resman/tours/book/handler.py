"""POST /api/resman/tours/book: book a tour for a prospect.

A prospect who has a tour to come at this property gets that one moved. While ResMan is out of reach the tour is kept
and answered with 202: an e-mail will confirm it, or apologise and name other times.
"""

from kernel.errors import NotFound, ResmanRejected, SlotUnavailable
from kernel.http import Accepted, Created, endpoint
from resman import booking, views
from resman.callers import ClientAccount
from resman.model import TourStatus
from resman.schemas import BookTourRequest, BookTourResponse, PendingTourResponse


@endpoint(
    "POST /api/resman/tours/book",
    caller=ClientAccount,
    idempotent=True,
    errors=(NotFound, ResmanRejected, SlotUnavailable),
)
def handler(
    request: BookTourRequest, caller: ClientAccount, idempotency_key: str | None
) -> Created[BookTourResponse] | Accepted[PendingTourResponse]:
    tour, property = booking.book_tour(request, caller, idempotency_key)
    if tour.status is TourStatus.PENDING_SYNC:
        return Accepted(views.pending(tour, property))
    return Created(views.booked(tour, property))
