"""The words of the schools' notices: what their templates may use."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from immersio.access.model import Role, User
from immersio.invite.model import Invite
from immersio.landing import store as landing
from immersio.notices.model import Notice, ReceiverOwed, WaitingOwed
from immersio.tenant.model import Tenant
from immersio.workshop.model import Status, Workshop
from immersio.workshop.views import booking_url
from kernel import clock, letters
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


def told_no_more(owed: ReceiverOwed, tenant: Tenant, owner: User) -> Letter:
    zone = ZoneInfo(owner.time_zone)
    since = letters.in_words(owed.failing_since.astimezone(zone)) if owed.failing_since else None
    return write(
        Notice.TOLD_NO_MORE,
        tenant,
        disabled=letters.in_words(owed.disabled_at.astimezone(zone)),
        failing_since=since,
        replay_since=clock.iso_seconds(owed.failing_since or owed.disabled_at),
    )


def called_off(owed: WaitingOwed, workshop: Workshop, teacher: User | None, tenant: Tenant) -> Letter:
    starts_at = owed.starts_at.astimezone(ZoneInfo(owed.attendee.time_zone))
    return write(
        Notice.CALLED_OFF,
        tenant,
        title=one_line(workshop.title),
        name=one_line(owed.attendee.name),
        email=one_line(owed.attendee.email),
        when=letters.in_words(starts_at),
        briefly=letters.briefly(starts_at),
        previously="",
        minutes=workshop.duration,
        others_url=booking_url(workshop, teacher, tenant) if workshop.status is Status.ACTIVE else "",
    )


def write(notice: Notice, tenant: Tenant, **facts: Any) -> Letter:
    """In the school's name, and the colours of its landing page."""
    colours = letters.palette(landing.load_page(tenant).primary_color)
    return letters.write(_templates(), notice.template, {**facts, "school": one_line(tenant.name), **colours})


@cache
def _templates() -> Environment:
    return letters.environment("immersio", "notices/templates")
