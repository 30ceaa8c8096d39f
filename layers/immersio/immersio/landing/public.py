"""A school and its workshops as the public sees them, in so many reads however many workshops there are."""

from immersio.access import store as people
from immersio.access.model import User
from immersio.landing import store, views
from immersio.landing.schemas import IntroducedTeacher, LandingView, OfferedWorkshop, PublicWorkshop
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.workshop import store as workshops
from immersio.workshop.bookable import find_offered, find_school
from immersio.workshop.model import Shelf, Status, Workshop
from immersio.workshop.outlook import Coming, outlooks, schedules_of
from immersio.workshop.teaching import teacher_of
from kernel import clock
from kernel.errors import TenantNotFound

MOST_SHOWN = 200
CLASSES_SHOWN = 60


def landing_page(slug: str) -> LandingView:
    tenant = tenants.find_tenant(slug)
    page = store.load_page(tenant) if tenant else None
    if tenant is None or page is None or not page.is_published:
        raise TenantNotFound("Tenant not found")
    return views.public(page, tenant, _offered(tenant))


def workshop_page(tenant_slug: str, slug: str) -> PublicWorkshop:
    tenant = find_school(tenant_slug)
    workshop = find_offered(tenant, slug)
    schedules, teacher = schedules_of(tenant.id, [workshop]), teacher_of(workshop)
    coming = outlooks(tenant.id, [workshop], schedules, clock.now(), CLASSES_SHOWN)[workshop.id]
    zone = schedules[workshop.id].zone
    classes = [views.offered_class(workshop, one, zone) for one in coming]
    return views.workshop_page(workshop, teacher, _introduced(teacher, tenant), tenant, classes)


def _introduced(teacher: User | None, tenant: Tenant) -> IntroducedTeacher:
    """What the landing page says of its teacher is said of nobody else."""
    if teacher is None:
        return IntroducedTeacher(name="", bio=None, avatar_url=None)
    if people.staff_ids(tenant.id, limit=2) != [teacher.id]:
        return IntroducedTeacher(name=teacher.name, bio=None, avatar_url=teacher.avatar_url)
    page = store.load_page(tenant)
    avatar = page.teacher_avatar_url or teacher.avatar_url
    return IntroducedTeacher(name=teacher.name, bio=page.teacher_bio, avatar_url=avatar)


def _offered(tenant: Tenant) -> list[OfferedWorkshop]:
    """The newest first."""
    ids = workshops.page_of_ids(tenant.id, Shelf(status=Status.ACTIVE), 0, MOST_SHOWN)
    found = workshops.load_workshops(tenant.id, ids)
    coming = outlooks(tenant.id, found, schedules_of(tenant.id, found), clock.now(), each=1)
    staff = people.load_staff(tenant.id, {workshop.teacher_id for workshop in found})
    teachers = {person.user.id: person.user for person in staff}
    return [_shown(one, teachers.get(one.teacher_id), tenant, coming.get(one.id, [])) for one in found]


def _shown(workshop: Workshop, teacher: User | None, tenant: Tenant, coming: list[Coming]) -> OfferedWorkshop:
    return views.offered(workshop, teacher, tenant, coming[0] if coming else None)
