"""GET /api/resman/tours/trends: a property's last twelve weeks.

The oldest comes first; the last one ends today.
"""

from kernel.errors import NotFound
from kernel.http import endpoint
from resman import analytics
from resman.callers import ClientAccount
from resman.schemas import TrendsRequest, TrendsResponse


@endpoint("GET /api/resman/tours/trends", caller=ClientAccount, errors=(NotFound,))
def handler(request: TrendsRequest, caller: ClientAccount) -> TrendsResponse:
    return analytics.get_tour_trends(caller.property(request.property_id))
