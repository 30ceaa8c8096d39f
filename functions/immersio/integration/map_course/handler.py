"""immersio.integration.mapCourse: a workshop goes with a course, whose students may book it."""

from immersio.access.callers import Member
from immersio.course import mapping
from immersio.course.schemas import MapCourseInput, MappedCourse
from kernel.errors import Conflict, ImmersioNotConnected, ImmersioUnavailable, NotFound, WorkshopNotFound
from kernel.trpc import mutation


@mutation(
    "immersio.integration.mapCourse",
    caller=Member,
    errors=(Conflict, ImmersioNotConnected, ImmersioUnavailable, NotFound, WorkshopNotFound),
)
def handler(input: MapCourseInput, caller: Member) -> MappedCourse:
    return mapping.map_course(caller, input)
