"""GET /api/v1/public/landing/{slug}: a school's landing page, with what can be booked there.

Of a page that is not published as of a school that is not there: 404.
"""

from immersio.landing import public
from immersio.landing.schemas import LandingView
from kernel.auth import Anyone
from kernel.errors import TenantNotFound
from kernel.http import Public, endpoint


@endpoint("GET /api/v1/public/landing/{slug}", caller=Anyone, absent=TenantNotFound)
def handler(slug: str) -> Public[LandingView]:
    return Public(public.landing_page(slug))
