"""What the procedures of `viewer.teams` take and give, in Cal.com's shapes as far as we have what they tell of.

The one team of a school is the school itself: the team's id is the tenant's.
"""

from typing import Annotated, Literal

from pydantic import Field

from immersio.access.model import Role
from kernel.trpc_fields import Input, JsDate, JsInt, Output

StaffRole = Literal[Role.OWNER, Role.ADMIN, Role.MEMBER]


class GetTeamInput(Input):
    team_id: JsInt


class ListMembersInput(Input):
    team_id: JsInt
    limit: Annotated[JsInt, Field(ge=1, le=100)] = 10
    cursor: JsInt | None = None
    """Where to go on: `nextCursor` of the page before."""
    search_term: Annotated[str, Field(max_length=200)] = ""


class RemoveMemberInput(Input):
    team_ids: Annotated[list[JsInt], Field(min_length=1, max_length=20)]
    member_ids: Annotated[list[JsInt], Field(min_length=1, max_length=20)]


class ChangeMemberRoleInput(Input):
    team_id: JsInt
    member_id: JsInt
    role: StaffRole


class TeamMembership(Output):
    role: Role
    accepted: bool


class TeamView(Output):
    id: int
    name: str
    slug: str
    logo_url: str | None
    bio: None
    safe_bio: str
    is_organization: bool
    is_private: bool
    parent_id: None
    metadata: dict[str, str]
    membership: TeamMembership
    """Of who asks."""


class MemberOrganization(Output):
    id: int
    name: str
    slug: str


class MemberView(Output):
    id: int
    name: str
    username: str
    email: str
    avatar_url: str | None
    bio: None
    role: Role
    accepted: bool
    team_id: int
    organization_id: int
    organization: MemberOrganization
    booker_url: str
    disable_impersonation: bool
    last_active_at: None


class PageMeta(Output):
    total_row_count: int


class MemberPage(Output):
    members: list[MemberView]
    next_cursor: int = 0
    """Left out on the last page."""
    meta: PageMeta


class MembershipUser(Output):
    id: int
    name: str
    username: str
    email: str


class MembershipView(Output):
    id: int
    team_id: int
    user_id: int
    role: Role
    accepted: bool
    disable_impersonation: bool
    created_at: JsDate
    user: MembershipUser
