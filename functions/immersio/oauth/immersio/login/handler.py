"""GET /api/v1/oauth/immersio/login: go to Immersio to sign in."""

from immersio.signon import service
from immersio.signon.schemas import LoginRequest
from kernel.auth import Anyone
from kernel.http import Redirect, endpoint


@endpoint("GET /api/v1/oauth/immersio/login", caller=Anyone)
def handler(request: LoginRequest) -> Redirect:
    return Redirect(*service.leave(request))
