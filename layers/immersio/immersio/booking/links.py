"""What a booking is called, and the secret by which who made it is known again.

The token is derived from our session secret and the uid, so that nothing of it is stored, and whoever writes an e-mail
makes it again (INV-24, INV-26). The uid says which school it belongs to, as its addresses name no school.
"""

import hmac
import re

from immersio.tenant.addresses import school_url
from immersio.tenant.model import Tenant
from kernel import ids, settings

UID = re.compile(r"booking_([0-9a-f]{1,14})_[0-9a-f]{32}")


def new_uid(tenant_id: int, *seed: str) -> str:
    """Unguessable; with a seed the same for the same seed, so that a repeated request makes no second booking."""
    prefix = f"booking_{tenant_id:x}"
    return ids.derived(prefix, *seed) if seed else ids.new(prefix)


def tenant_of(uid: str) -> int | None:
    """The school a uid would belong to; None for what is no uid of ours."""
    found = UID.fullmatch(uid)
    return int(found[1], 16) if found else None


def manage_token(uid: str) -> str:
    return ids.derived_secret("manage", settings.secret("SESSION_SECRET")["secret"], uid)


def is_manage_token(uid: str, token: str) -> bool:
    return hmac.compare_digest(manage_token(uid).encode(), token.encode())


def manage_url(uid: str, tenant: Tenant) -> str:
    """The page on which a student sees, moves or cancels their booking."""
    return f"{school_url(tenant)}/bookings/{uid}?token={manage_token(uid)}"
