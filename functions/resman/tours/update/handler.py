"""PUT /api/resman/tours/{appointment_id}: move a tour, or tell what became of it."""

from kernel.http import endpoint
from resman import status, views
from resman.callers import ClientAccount
from resman.schemas import TourView, UpdateTourRequest


@endpoint("PUT /api/resman/tours/{appointment_id}", caller=ClientAccount)
def handler(request: UpdateTourRequest, appointment_id: str, caller: ClientAccount) -> TourView:
    return views.tour_view(*status.update_tour(request, appointment_id, caller))
