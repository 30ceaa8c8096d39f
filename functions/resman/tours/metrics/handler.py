"""GET /api/resman/tours/metrics: what happened at a property between two days.

Counted on the day on which it happened, in the zone of the property; at most 366 days.
"""

from kernel.errors import NotFound
from kernel.http import endpoint
from resman import analytics
from resman.callers import ClientAccount
from resman.schemas import MetricsRequest, MetricsResponse


@endpoint("GET /api/resman/tours/metrics", caller=ClientAccount, errors=(NotFound,))
def handler(request: MetricsRequest, caller: ClientAccount) -> MetricsResponse:
    return analytics.get_tour_metrics(caller.property(request.property_id), request.from_, request.to)
