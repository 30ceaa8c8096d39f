"""immersio.integration.syncCourses: have the school's courses and rosters read anew; it begins at once."""

from immersio.access.callers import Manager
from immersio.sync import service
from immersio.sync.schemas import SyncCoursesInput, SyncView
from kernel.errors import ImmersioNotConnected, SyncInProgress
from kernel.limits import SYNC
from kernel.trpc import mutation


@mutation("immersio.integration.syncCourses", caller=Manager, limit=SYNC, errors=(ImmersioNotConnected, SyncInProgress))
def handler(caller: Manager, input: SyncCoursesInput) -> SyncView:
    return service.sync_courses(caller, input)
