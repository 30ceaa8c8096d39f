"""What the staff of a school reads of its workshops; a teacher sees those of the colleagues too."""

from immersio.access import store as people
from immersio.access.callers import Member
from immersio.tenant import store as tenants
from immersio.workshop import store, views
from immersio.workshop.model import Shelf, Status, Workshop
from immersio.workshop.outlook import outlooks, schedules_of
from immersio.workshop.schemas import ListedWorkshop, ListWorkshopsInput, WorkshopInput, WorkshopPage, WorkshopView
from kernel import clock
from kernel.errors import TenantNotFound, WorkshopNotFound

OCCURRENCES_SHOWN = 10


def list_workshops(caller: Member, input: ListWorkshopsInput) -> WorkshopPage:
    shelf = Shelf(input.status, input.teacher_id, input.immersio_course_id)
    total, first = store.count_workshops(caller.tenant_id, shelf), (input.page - 1) * input.limit
    ids = store.page_of_ids(caller.tenant_id, shelf, first, input.limit) if first < total else []
    return WorkshopPage(
        workshops=_listed(caller.tenant_id, store.load_workshops(caller.tenant_id, ids)),
        total_count=total,
        page=input.page,
        total_pages=-(-total // input.limit),
    )


def get_workshop(caller: Member, input: WorkshopInput) -> WorkshopView:
    workshop = store.load_workshop(caller.tenant_id, input.id)
    if workshop is None:
        raise WorkshopNotFound("Your school has no workshop with this id; immersio.workshop.list shows those it has")
    return shown(workshop)


def shown(workshop: Workshop) -> WorkshopView:
    tenant = tenants.load_tenant(workshop.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    offered, schedules = [] if workshop.is_archived else [workshop], schedules_of(tenant.id, [workshop])
    coming = outlooks(tenant.id, offered, schedules, clock.now(), OCCURRENCES_SHOWN).get(workshop.id, [])
    return views.whole(workshop, people.load_user(workshop.teacher_id), tenant, schedules[workshop.id], coming)


def _listed(tenant_id: int, workshops: list[Workshop]) -> list[ListedWorkshop]:
    active = [workshop for workshop in workshops if workshop.status is Status.ACTIVE]
    coming = outlooks(tenant_id, active, schedules_of(tenant_id, active), clock.now(), each=1)
    teachers = people.load_users({workshop.teacher_id for workshop in workshops})
    return [views.listed(one, teachers.get(one.teacher_id), coming.get(one.id, [])) for one in workshops]
