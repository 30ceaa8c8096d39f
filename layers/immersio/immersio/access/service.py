"""What people read about themselves."""

import hashlib

from immersio.access.callers import SignedIn
from immersio.access.model import Role
from immersio.access.schemas import Me, Organization
from immersio.tenant import store as tenants
from kernel.errors import TenantNotFound


def me(caller: SignedIn) -> Me:
    user = caller.user
    return Me(
        id=user.id,
        name=user.name,
        username=user.username,
        email=user.email,
        email_md5=hashlib.md5(user.email.encode(), usedforsecurity=False).hexdigest(),
        avatar=user.avatar_url or "",
        avatar_url=user.avatar_url,
        time_zone=user.time_zone,
        week_start=user.week_start,
        time_format=user.time_format,
        locale=user.locale,
        created_date=user.created_at,
        organization_id=user.tenant_id,
        organization=_organization(caller),
    )


def _organization(caller: SignedIn) -> Organization:
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    is_admin = caller.role in {Role.OWNER, Role.ADMIN}
    return Organization(id=tenant.id, name=tenant.name, slug=tenant.slug, is_org_admin=is_admin, role=caller.role)
