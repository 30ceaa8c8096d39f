"""The words of the schools' notices: what their templates may use."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from immersio.access.model import Role, User
from immersio.invite.model import Invite
from immersio.notices.brand import brand_of
from immersio.notices.model import Notice
from immersio.tenant.model import Tenant
from kernel import letters
from kernel.letters import Letter
from kernel.mail import one_line


def invitation(invite: Invite, tenant: Tenant, inviter: User, link: str) -> Letter:
    return write(
        Notice.INVITATION,
        tenant,
        name=one_line(invite.name or ""),
        inviter=one_line(inviter.name),
        inviter_email=one_line(inviter.email),
        as_admin=invite.role is Role.ADMIN,
        email=one_line(invite.email),
        link=link,
        expires=letters.in_words(invite.expires_at.astimezone(ZoneInfo(tenant.time_zone))),
    )


def write(notice: Notice, tenant: Tenant, **facts: Any) -> Letter:
    """In the school's name and colours."""
    brand = brand_of(tenant)
    in_its_colours = {"school": one_line(brand.name), **letters.palette(brand.colour)}
    return letters.write(_templates(), notice.template, {**facts, **in_its_colours})


@cache
def _templates() -> Environment:
    return letters.environment("immersio", "notices/templates")
