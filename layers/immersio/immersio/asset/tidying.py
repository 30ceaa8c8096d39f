"""Deletes the images that nothing shows: those that were replaced, and those that were uploaded and never used.

What a school deletes is first noted on its landing page, in a write that fails if the page was changed since it was
read. So no change can name an image that is about to go: it comes before the note, which then fails, or after it, and
is refused. A run that breaks off leaves images that the next one finds.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from immersio.asset import addresses, store
from immersio.landing import store as landing
from immersio.landing.model import LandingPage
from immersio.tenant import store as tenants
from kernel import clock
from kernel.telemetry import logger

TO_BE_USED = timedelta(days=1)
"""Between an upload and the settings that name it."""
STILL_SHOWN = timedelta(hours=1)
"""Caches and open pages show a page as it was before the last change."""
MOST_AT_ONCE = 500
"""Ids noted on one page; S3 deletes up to a thousand in one request."""


def tidy_all_schools() -> int:
    """How many images are no more. What fails for one school does not keep the others' images."""
    deleted, failures = 0, []
    for tenant_id in store.schools():
        try:
            deleted += _tidy(tenant_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one school's, and is told in the end
            logger.exception("a school was not tidied", extra={"tenant_id": tenant_id})
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} schools were not tidied", failures)
    return deleted


def _tidy(tenant_id: int) -> int:
    old = store.published_before(tenant_id, clock.now() - TO_BE_USED)
    deleted = 0
    with suppress(landing.ConditionFailed):  # it was changed just now; there is another night
        for page, unused in _unused(tenant_id, old):
            landing.commit(landing.changed_page(page, page.model_copy(update={"retired_assets": tuple(unused)})))
            store.delete(tenant_id, unused)
            deleted += len(unused)
    return deleted


def _unused(tenant_id: int, old: list[str]) -> Iterator[tuple[LandingPage, list[str]]]:
    """Some at a time, with the page as it stands that does not show them."""
    while old:
        tenant = tenants.load_tenant(tenant_id)
        page = landing.load_page(tenant) if tenant else None
        after_it = tenants.load_tenant(tenant_id)  # a new logo is written together with the page: not before we read it
        if page is None or after_it is None or page.updated_at > clock.now() - STILL_SHOWN:
            return
        shown = [after_it.logo_url, page.hero_image_url, page.teacher_avatar_url]
        old, chunk = old[MOST_AT_ONCE:], old[:MOST_AT_ONCE]
        unused = [one for one in chunk if not any(url and addresses.shows(url, one) for url in shown)]
        if unused:
            yield page, unused
