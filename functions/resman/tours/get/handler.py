"""GET /api/resman/tours/{appointment_id}: one tour.

As its latest change left it; `resman_sync` says whether ResMan has heard of that.
"""

from kernel.http import endpoint
from resman import views
from resman.callers import ClientAccount
from resman.schemas import TourView


@endpoint("GET /api/resman/tours/{appointment_id}", caller=ClientAccount)
def handler(appointment_id: str, caller: ClientAccount) -> TourView:
    return views.tour_view(*caller.tour(appointment_id))
