"""Landing pages as those read them who make them, and the public."""

from typing import Any
from zoneinfo import ZoneInfo

from immersio.access.model import User
from immersio.landing.model import LandingPage
from immersio.landing.schemas import (
    IntroducedTeacher,
    LandingSettings,
    LandingTenant,
    LandingView,
    OfferedClass,
    OfferedTeacher,
    OfferedWorkshop,
    PublicSettings,
    PublicWorkshop,
    ShownLocation,
    SocialLinksView,
)
from immersio.tenant.addresses import school_url
from immersio.tenant.model import Tenant
from immersio.workshop import venue
from immersio.workshop.model import Location, Workshop
from immersio.workshop.outlook import Coming
from immersio.workshop.views import booking_url


def settings(page: LandingPage, tenant: Tenant) -> LandingSettings:
    """A school has one page, and so that has the school's number."""
    return LandingSettings(
        id=tenant.id,
        logo_url=tenant.logo_url,
        is_published=page.is_published,
        public_url=school_url(tenant) if page.is_published else None,
        updated_at=page.updated_at,
        **_look(page),
    )


def public(page: LandingPage, tenant: Tenant, workshops: list[OfferedWorkshop]) -> LandingView:
    shown = LandingTenant(name=tenant.name, logo_url=tenant.logo_url)
    return LandingView(tenant=shown, settings=PublicSettings(**_look(page)), workshops=workshops)


def _look(page: LandingPage) -> dict[str, Any]:
    """What its makers see of it, and everybody else."""
    return {
        "template_id": page.template_id,
        "primary_color": page.primary_color,
        "secondary_color": page.secondary_color,
        "hero_image_url": page.hero_image_url,
        "page_title": page.page_title,
        "page_subtitle": page.page_subtitle,
        "teacher_bio": page.teacher_bio,
        "teacher_avatar_url": page.teacher_avatar_url,
        "social_links": SocialLinksView(**page.social_links.model_dump(exclude_none=True)),
        "cta_text": page.cta_text,
        "meta_title": page.meta_title,
        "meta_description": page.meta_description,
    }


def offered(workshop: Workshop, teacher: User | None, tenant: Tenant, coming: Coming | None) -> OfferedWorkshop:
    """`coming` is its next class; where there is none, nobody can book."""
    return OfferedWorkshop(
        id=workshop.id,
        title=workshop.title,
        slug=workshop.slug,
        description=workshop.description,
        duration=workshop.duration,
        price=workshop.price,
        currency=workshop.currency,
        available_seats=coming.free(workshop.seats) if coming else 0,
        teacher=OfferedTeacher(name=teacher.name if teacher else "", avatar_url=teacher and teacher.avatar_url),
        next_occurrence=coming.occurrence.starts_at if coming else None,
        booking_url=booking_url(workshop, teacher, tenant),
    )


def workshop_page(
    workshop: Workshop, teacher: User | None, introduced: IntroducedTeacher, tenant: Tenant, classes: list[OfferedClass]
) -> PublicWorkshop:
    upcoming = classes[0].available_seats if classes else 0
    return PublicWorkshop(
        id=workshop.id,
        title=workshop.title,
        slug=workshop.slug,
        description=workshop.description,
        duration=workshop.duration,
        price=workshop.price,
        currency=workshop.currency,
        total_seats=workshop.seats,
        available_seats=upcoming,
        locations=list(map(_shown, workshop.locations)),
        teacher=introduced,
        schedule=classes,
        booking_url=booking_url(workshop, teacher, tenant),
        requires_payment=workshop.price > 0,
        whitelist_enabled=workshop.whitelist_enabled,
    )


def offered_class(workshop: Workshop, coming: Coming, zone: ZoneInfo) -> OfferedClass:
    starts_at, ends_at = coming.occurrence.starts_at, coming.occurrence.ends_at
    return OfferedClass(
        date=starts_at.astimezone(zone).date(),
        start_time=starts_at,
        end_time=ends_at,
        available_seats=coming.free(workshop.seats),
    )


def _shown(location: Location) -> ShownLocation:
    """Where it is, but nothing that leads into the class: what stands in the address of a call may be its number."""
    address = location.address if location.type == "in_person" else None
    return ShownLocation(type=location.type, display_value=address or venue.NAMES[location.type])
