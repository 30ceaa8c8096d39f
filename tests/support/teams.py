"""A school's team as a test sees it."""

from typing import Any

from immersio.access import store as access
from immersio.access.model import Membership, Role, User
from kernel import clock, ids, keys, table
from tests.support.schools import School, Schools, result


def join(school: School, name: str, role: Role = Role.MEMBER) -> dict[str, Any]:
    """Somebody more at a school, as accepting an invitation makes them."""
    now, email = clock.now(), f"{name}@{school.slug}.example"
    user = User(
        id=ids.new_number(),
        tenant_id=school.tenant_id,
        email=email,
        name=name.title(),
        username=name,
        time_zone="UTC",
        created_at=now,
    )
    membership = Membership(tenant_id=school.tenant_id, user_id=user.id, role=role, created_at=now)
    count = [table.Update(key=keys.tenant_usage(school.tenant_id), add={"teachers": 1})] if membership.is_staff else []
    table.write(*access.new_member(user, membership), *count)
    return {"id": user.id, "email": email}


def members(schools: Schools, role: Role = Role.OWNER, **sent: Any) -> Any:
    """What `listMembers` answers."""
    return result(
        schools.call(
            "viewer.teams.listMembers", schools.academy.cookie(role), sent={"teamId": schools.academy.tenant_id, **sent}
        )
    )


def roles(schools: Schools, by: Role = Role.OWNER) -> dict[int, str]:
    return {member["id"]: member["role"] for member in members(schools, by, limit=100)["members"]}
