"""GET /api/v1/oauth/immersio/login: go to Immersio to sign in.

Immersio sends the browser back to `redirectUrl` with `token` and `state`, which the callback takes.
"""

from immersio.signon import service
from immersio.signon.schemas import LoginRequest
from kernel.auth import Anyone
from kernel.errors import ImmersioNotConnected, TenantNotFound
from kernel.http import Redirect, endpoint


@endpoint("GET /api/v1/oauth/immersio/login", caller=Anyone, errors=(ImmersioNotConnected, TenantNotFound))
def handler(request: LoginRequest) -> Redirect:
    return Redirect(*service.leave(request))
