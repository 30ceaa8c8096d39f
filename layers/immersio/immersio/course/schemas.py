"""What Immersio's webhooks tell, and what the procedure that maps a course takes and gives.

Of an event only what we need must be there and must be sound: Immersio may tell of more than we know.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from immersio.course.model import CourseStatus
from kernel.fields import Identifier, IsoDatetime
from kernel.trpc_fields import Input, JsInt, Output

LONGEST = 2000


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[IsoDatetime, AfterValidator(_in_utc)]
Text = Annotated[str, Field(max_length=LONGEST)]
WebhookId = Annotated[str, Field(min_length=1, max_length=200)]


class Told(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=False, hide_input_in_errors=True)


class ImmersioEvent(Told):
    """What every event has; `data` is read by its type."""

    event: Annotated[str, Field(max_length=200)]
    data: dict[str, Any]
    timestamp: Moment
    webhook_id: WebhookId


class CourseTold(Told):
    course_id: Identifier
    org_id: Identifier | None = None
    name: Text | None = None
    description: Text | None = None
    status: Text | None = None
    """A word that we do not know changes nothing."""

    @property
    def known_status(self) -> CourseStatus | None:
        return CourseStatus(self.status) if self.status in set(CourseStatus) else None


class StudentTold(Told):
    student_id: Identifier
    course_id: Identifier
    email: Text = ""
    name: Text = ""


class ChangedStudentTold(Told):
    student_id: Identifier
    course_id: Identifier | None = None
    email: Text | None = None
    name: Text | None = None


class ReceivedEvent(BaseModel):
    success: bool
    processed: bool
    """False: it is of a type that we do not know."""


class MapCourseInput(Input):
    workshop_id: JsInt
    immersio_course_id: Identifier
    sync_students: bool = True


class MappedCourse(Output):
    mapping_id: int
    course_name: str
    student_count: int
    whitelist_updated: bool
    """Everybody on the roster may book now; where it is long, the rest of it is still being read."""
