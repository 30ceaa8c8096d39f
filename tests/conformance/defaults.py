"""Where a default shows: what it was that a call took which left the field out."""

from collections.abc import Callable
from typing import Any

from tests.conformance import founding
from tests.conformance.documents import Operation
from tests.conformance.stage import Stage
from tests.support.chatbot import all_at_once
from tests.support.local_stack import eventually

Seen = Callable[[Stage, Operation, dict[str, Any]], Any]


def _of_made_workshop(field: str) -> Seen:
    def seen(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
        made = stage.call(operation, sent).value
        return stage.ask("immersio.workshop.get", {"id": made["id"]}, stage.principal, "query")[field]

    return seen


def _role(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    """What whoever accepts the invitation is."""
    token = stage.call(operation, sent).value["inviteLink"].rpartition("/")[2]
    accepted = stage.wire.send("POST", f"/api/v1/public/invites/{token}/accept", json={})
    return accepted.value["user"]["role"]


def _page(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    return stage.call(operation, sent).value["page"]


def _workshops_on_a_page(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    """Of a school with more."""
    school = stage.founded()
    for _ in range(21):
        stage.workshop(school)
    return len(stage.call(operation, {}, by=school.owner).value["workshops"])


def _bookings_page(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    """The first page is what is answered where none is named."""
    first, second = (stage.call(operation, {**sent, "page": page, "limit": 1}).value["bookings"] for page in (1, 2))
    without = stage.call(operation, {**sent, "limit": 1}).value["bookings"]
    assert first != second
    return {str(first): 1, str(second): 2}.get(str(without))


def _bookings_on_a_page(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    """Of a workshop with more."""
    made = stage.workshop(stage.annex)
    path, school = f"/api/v1/public/workshops/{made['slug']}/bookings", {"tenantSlug": stage.annex.slug}
    starts_at = stage.in_days(1).isoformat()

    def book(_: int) -> int:
        attendee = {"email": stage.new_email, "name": "Ada", "timeZone": "UTC"}
        return stage.wire.send("POST", path, params=school, json={"startTime": starts_at, "attendee": attendee}).status

    assert set(all_at_once(51, book)) == {201}
    page = stage.call(operation, {"workshopId": made["id"]}, by=stage.principal).value
    assert page["totalCount"] == 51
    return len(page["bookings"])


def _is_full(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    """A school that was read as a whole before is not read so again."""
    assert eventually(lambda: not stage.is_syncing())
    begun = stage.call(operation, sent, by=stage.owner)
    found = founding.is_full(stage.told, stage.told["tenant"]["id"], begun.value["syncId"])
    assert eventually(lambda: not stage.is_syncing())
    return found


def _whitelist_updated(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    return stage.call(operation, sent).value["whitelistUpdated"]


def _logs(stage: Stage, operation: Operation, sent: dict[str, Any]) -> Any:
    return len(stage.call(operation, sent).value["logs"])


SEEN: dict[tuple[str, str], Seen] = {
    ("immersio.tenant.inviteTeacher", "role"): _role,
    **{
        ("immersio.workshop.create", field): _of_made_workshop(field)
        for field in (
            "currency",
            "whitelistEnabled",
            "syncStudentsFromImmersio",
            "refundWindowHours",
            "cancellationNoticeHours",
            "workshopType",
        )
    },
    ("immersio.workshop.list", "page"): _page,
    ("immersio.workshop.list", "limit"): _workshops_on_a_page,
    ("immersio.workshop.getBookings", "page"): _bookings_page,
    ("immersio.workshop.getBookings", "limit"): _bookings_on_a_page,
    ("immersio.integration.syncCourses", "fullSync"): _is_full,
    ("immersio.integration.mapCourse", "syncStudents"): _whitelist_updated,
    ("immersio.integration.getSyncHistory", "limit"): _logs,
}
"""By operation and field."""
