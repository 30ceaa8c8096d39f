"""A school and its people as Cal.com's front end reads a team."""

from immersio.access.model import Person, Role
from immersio.team.schemas import (
    MemberOrganization,
    MembershipUser,
    MembershipView,
    MemberView,
    TeamMembership,
    TeamView,
)
from immersio.tenant.addresses import school_url
from immersio.tenant.model import Tenant


def team(tenant: Tenant, role: Role) -> TeamView:
    return TeamView(
        id=tenant.id,
        name=tenant.name,
        slug=tenant.slug,
        logo_url=tenant.logo_url,
        bio=None,
        safe_bio="",
        is_organization=True,
        is_private=False,
        parent_id=None,
        metadata={},
        membership=TeamMembership(role=role, accepted=True),
    )


def member(person: Person, tenant: Tenant) -> MemberView:
    user, membership = person
    return MemberView(
        id=user.id,
        name=user.name,
        username=user.username,
        email=user.email,
        avatar_url=user.avatar_url,
        bio=None,
        role=membership.role,
        accepted=True,
        team_id=tenant.id,
        organization_id=tenant.id,
        organization=MemberOrganization(id=tenant.id, name=tenant.name, slug=tenant.slug),
        booker_url=school_url(tenant),
        disable_impersonation=True,
        last_active_at=None,
    )


def membership(person: Person) -> MembershipView:
    user, is_in = person
    return MembershipView(
        id=user.id,
        team_id=is_in.tenant_id,
        user_id=user.id,
        role=is_in.role,
        accepted=True,
        disable_impersonation=True,
        created_at=is_in.created_at,
        user=MembershipUser(id=user.id, name=user.name, username=user.username, email=user.email),
    )
