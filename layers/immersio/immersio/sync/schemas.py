"""What the procedures about syncs take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field

from immersio.sync.model import Status, SyncType
from kernel.trpc_fields import ABSENT, Input, JsDate, JsInt, Output


class SyncCoursesInput(Input):
    full_sync: bool = False
    """All courses; otherwise those that changed since the last sync."""


class SyncFailure(Output):
    course_id: str
    error: str


class SyncView(Output):
    """How a sync stands. The one that is asked for has only just begun; its numbers are in the history."""

    sync_id: int
    status: Status
    courses_found: int
    courses_updated: int
    courses_created: int
    errors: list[SyncFailure]


class GetSyncHistoryInput(Input):
    sync_type: SyncType = ABSENT
    limit: Annotated[JsInt, Field(ge=1, le=100)] = 20


class SyncLog(Output):
    id: int
    sync_type: SyncType
    direction: Literal["pull", "push"]
    status: Status
    records_processed: int
    """Courses and students that were read."""
    records_failed: int
    started_at: JsDate
    completed_at: JsDate | None
    error_details: dict[str, Any] | None
    """`message`: why it failed; `errors`: what could not be read, the first hundred of them."""


class SyncHistory(Output):
    logs: list[SyncLog]
    """The newest first; each is kept for thirty days."""
