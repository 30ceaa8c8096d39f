"""The link of an invitation.

Its token is derived from our session secret and the invitation's id. So the table holds a fingerprint only, and who
sends the e-mail makes the token again (INV-26). An invitation that is sent anew has a new id, hence a new link.
"""

from immersio.invite.model import Invite
from immersio.tenant.addresses import invite_url
from kernel import ids, settings


def new_token(tenant_id: int, invite_id: int) -> str:
    key = settings.secret("SESSION_SECRET")["secret"]
    return ids.derived_secret("invite", key, str(tenant_id), str(invite_id))


def link(token: str) -> str:
    return invite_url(token)


def link_of(invite: Invite) -> str | None:
    """The link that the inviter was shown, once more; None if the session secret has changed since."""
    token = new_token(invite.tenant_id, invite.id)
    return link(token) if ids.fingerprint(token) == invite.fingerprint else None
