"""What the staff of a school does with its landing page."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic.alias_generators import to_camel

from immersio.access.callers import Manager, Member
from immersio.asset import addresses
from immersio.asset import store as assets
from immersio.landing import store, views
from immersio.landing.model import LandingPage, SocialLinks
from immersio.landing.schemas import LandingSettings, PublishedPage, UpdatedSettings, UpdateSettingsInput
from immersio.tenant import store as tenants
from immersio.tenant.addresses import school_url
from immersio.tenant.model import Tenant
from kernel import clock
from kernel.errors import InvalidInput, TemporarilyUnavailable, TenantNotFound

TRIES = 10
"""A change that others get in the way of so often will not come through soon."""
OF_THE_SCHOOL = {"logo_url"}
ASSETS = {"logo_url", "hero_image_url", "teacher_avatar_url"}


def get_settings(caller: Member) -> LandingSettings:
    tenant = _tenant(caller)
    return views.settings(store.load_page(tenant), tenant)


def update_settings(caller: Manager, input: UpdateSettingsInput) -> UpdatedSettings:
    """All of it or nothing; what is not given stays as it is, whoever else changes something at the same time."""
    given = {name: getattr(input, name) for name in input.model_fields_set}
    own = {name: value for name, value in given.items() if name not in OF_THE_SCHOOL}
    if "social_links" in own:
        own["social_links"] = SocialLinks(**own["social_links"].model_dump(exclude_unset=True))
    logo = [tenants.new_logo(caller.tenant_id, given["logo_url"])] if "logo_url" in given else []

    def decide(page: LandingPage) -> LandingPage:
        _check_assets(given, page)
        return LandingPage.model_validate({**dict(page), **own})

    after = _change(caller, decide, logo)
    return UpdatedSettings(success=True, updated_at=after.updated_at)


def publish(caller: Manager) -> PublishedPage:
    """From now on the public sees it; once more changes nothing."""
    tenant = _tenant(caller)
    page = store.load_page(tenant)
    if not page.is_published:
        now = clock.now()
        public = tenants.published_landing_page(tenant.id)
        page = _change(caller, lambda before: before.published(now), [public])
    return PublishedPage(success=True, public_url=school_url(tenant), published_at=page.published_at or clock.now())


def _check_assets(given: Mapping[str, Any], page: LandingPage) -> None:
    """Images may be anywhere; of those that we keep, only the school's own may be named, and that are still there."""
    for name in ASSETS & given.keys():
        if given[name] and not _may_be_shown(given[name], page):
            raise InvalidInput.field(to_camel(name), "is no image of your school, or none any more; upload it again")


def _may_be_shown(url: str, page: LandingPage) -> bool:
    """What is about to be deleted is noted on the page; what was deleted, or never came, is not in the bucket."""
    if not addresses.is_ours(url):
        return True
    asset_id = addresses.asset_of(page.tenant_id, url)
    if asset_id is None or asset_id in page.retired_assets:
        return False
    return assets.is_published(page.tenant_id, asset_id)


def _change(
    caller: Manager, decide: Callable[[LandingPage], LandingPage], with_it: Sequence[store.Action]
) -> LandingPage:
    """Decide on what there is and write it, again if it was not so any more; nobody's change is lost."""
    for _ in range(TRIES):
        before = store.load_page(_tenant(caller))
        after = decide(before).model_copy(update={"updated_at": clock.now()})
        with suppress(store.ConditionFailed):
            store.commit(store.changed_page(before, after), *with_it)
            return after
    raise TemporarilyUnavailable("This landing page is being changed elsewhere; try again", retry_after_seconds=1)


def _tenant(caller: Member) -> Tenant:
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return tenant
