"""What the operations of the tours document are there for, seen by what comes of each."""

from typing import Any

from tests.conformance.documents import operation
from tests.conformance.stage import Stage
from tests.conformance.wire import Reply

BOOK, AVAILABILITY = operation("POST /api/resman/tours/book"), operation("GET /api/resman/tours/availability")
UPDATE, WEBHOOK = (
    operation("PUT /api/resman/tours/{appointment_id}"),
    operation("POST /api/resman/webhooks/tour-update"),
)


def a_tour_is_as_it_was_booked(stage: Stage) -> None:
    slot = stage.new_slot
    wish = {**BOOK.sends["tour_data"], "preferred_date": slot.date, "preferred_time": slot.time}
    told = stage.call(BOOK, {**BOOK.sends, "tour_data": {**wish, "prospect_email": "ada@example.com"}}).value
    assert told["confirmed_datetime"].startswith(slot.at)
    tour = _tour(stage, told["appointment_id"])
    assert (tour["status"], tour["prospect_email"]) == ("confirmed", "ada@example.com")
    same = ("prospect_name", "tour_type", "unit_preferences", "special_requests")
    assert {name: tour[name] for name in same} == {name: wish[name] for name in same}
    assert (tour["property_id"], tour["conversation_id"]) == (stage.place, BOOK.sends["conversation_id"])


def what_is_taken_is_not_offered(stage: Stage) -> None:
    slot = stage.new_slot
    wish = {**BOOK.sends["tour_data"], "preferred_date": slot.date, "preferred_time": slot.time}
    before = _offered(stage, slot.date)
    booked = stage.call(BOOK, {**BOOK.sends, "tour_data": wish}).value
    taken = (slot.time, booked["staff_member"])
    assert taken in before
    assert taken not in _offered(stage, slot.date)
    closed = stage.call(AVAILABILITY, {"property_id": stage.place, "date": stage.sunday}).value
    assert closed["available_slots"] == []
    assert closed["next_available_date"] > stage.sunday


def a_tour_is_what_it_was_changed_to(stage: Stage) -> None:
    slot, changes = stage.new_slot, {"staff_notes": "Wants unit 204.", "outcome": "interested"}
    moved, cancelled, missed = (stage.new_tour for _ in range(3))
    assert _changed(stage, moved, rescheduled_datetime=slot.at)["confirmed_datetime"].startswith(slot.at)
    assert _changed(stage, cancelled, status="cancelled")["status"] == "cancelled"
    assert _changed(stage, missed, status="no_show")["status"] == "no_show"
    done = _changed(stage, moved, status="completed", **changes)
    assert {name: done[name] for name in ("status", *changes)} == {"status": "completed", **changes}


def a_tour_is_what_resman_says(stage: Stage) -> None:
    tour, notes = stage.new_tour, {"staff_notes": "They came."}
    sent = {"appointment_id": tour, "status": "Show", "updated_fields": notes, "staff_member": "Dana Reyes"}
    assert stage.call(WEBHOOK, {**sent, "timestamp": "$now_text"}).status == 200
    found = _tour(stage, tour)
    told = {"status": "completed", "staff_member": "Dana Reyes", **notes}
    assert {name: found[name] for name in told} == told


def _changed(stage: Stage, tour: str, **changes: str) -> dict[str, Any]:
    reply: Reply = stage.call(UPDATE, {"appointment_id": tour, **changes})
    assert reply.status == 200, reply
    return _tour(stage, tour)


def _tour(stage: Stage, tour: str) -> dict[str, Any]:
    return dict(stage.tours("GET", f"/{tour}").json())


def _offered(stage: Stage, day: str) -> list[tuple[str, str]]:
    """Each time with who gives the tour."""
    asked = {"property_id": stage.place, "date": day, "tour_type": "in_person"}
    return [(slot["time"], slot["staff_member"]) for slot in stage.call(AVAILABILITY, asked).value["available_slots"]]
