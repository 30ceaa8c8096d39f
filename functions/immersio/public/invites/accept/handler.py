"""POST /api/v1/public/invites/{token}/accept: join a school by the link of an invitation.

Who is new is signed in at once: `sessionToken` is the value of the session cookie.
"""

from immersio.invite import accepting
from immersio.invite.schemas import AcceptInviteRequest, AcceptInviteResponse
from kernel.auth import Anyone
from kernel.errors import Conflict, Forbidden
from kernel.http import Created, endpoint


@endpoint("POST /api/v1/public/invites/{token}/accept", caller=Anyone, errors=(Conflict, Forbidden))
def handler(token: str, request: AcceptInviteRequest) -> Created[AcceptInviteResponse]:
    return Created(accepting.accept_invite(token, request))
