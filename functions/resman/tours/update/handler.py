"""PUT /api/resman/tours/{appointment_id}: move a tour, or tell what became of it.

Send what changes, and nothing else. Where ResMan is out of reach the answer is 202, and it is told as soon as it is
back.
"""

from kernel.errors import Conflict, IllegalStatusChange, ResmanRejected, SlotUnavailable
from kernel.http import Accepted, endpoint
from resman import status, views
from resman.callers import ClientAccount
from resman.model import TourStatus
from resman.schemas import TourView, UpdateTourRequest


@endpoint(
    "PUT /api/resman/tours/{appointment_id}",
    caller=ClientAccount,
    errors=(Conflict, IllegalStatusChange, ResmanRejected, SlotUnavailable),
)
def handler(request: UpdateTourRequest, appointment_id: str, caller: ClientAccount) -> TourView | Accepted[TourView]:
    tour, property = status.update_tour(request, appointment_id, caller)
    view = views.tour_view(tour, property)
    return Accepted(view) if tour.status is TourStatus.PENDING_SYNC else view
