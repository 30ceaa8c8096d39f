"""GET /api/resman/tours/availability: what can be booked on a day.

Of a day that is full, the next one that is not. While ResMan is out of reach, what it told last, marked `stale`.
"""

from kernel.errors import NotFound, ResmanRejected, ResmanUnavailable
from kernel.http import endpoint
from resman import availability
from resman.callers import ClientAccount
from resman.schemas import AvailabilityRequest, AvailabilityResponse


@endpoint(
    "GET /api/resman/tours/availability", caller=ClientAccount, errors=(NotFound, ResmanRejected, ResmanUnavailable)
)
def handler(request: AvailabilityRequest, caller: ClientAccount) -> AvailabilityResponse:
    return availability.get_availability(request, caller.property(request.property_id))
