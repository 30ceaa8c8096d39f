"""GET /api/resman/tours/{appointment_id}: one tour."""

from kernel.http import endpoint
from resman import views
from resman.callers import ClientAccount
from resman.schemas import TourView


@endpoint("GET /api/resman/tours/{appointment_id}", caller=ClientAccount)
def handler(appointment_id: str, caller: ClientAccount) -> TourView:
    return views.tour_view(*caller.tour(appointment_id))
