"""POST /api/v1/oauth/immersio/callback: sign in with the token that Immersio made.

A token is good for once. The answer sets the session cookie too.
"""

from immersio.signon import service
from immersio.signon.schemas import SignOnRequest, SignOnResponse
from kernel.auth import Anyone
from kernel.errors import Forbidden, ImmersioUnavailable, InvalidToken
from kernel.http import WithCookies, endpoint


@endpoint("POST /api/v1/oauth/immersio/callback", caller=Anyone, errors=(Forbidden, ImmersioUnavailable, InvalidToken))
def handler(request: SignOnRequest, cookies: tuple[str, ...]) -> WithCookies[SignOnResponse]:
    return WithCookies(*service.sign_on(request, cookies))
