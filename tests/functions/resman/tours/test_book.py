"""POST /api/resman/tours/book"""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import clock, idempotency, keys, table
from resman import sync
from tests.support.lists import meanwhile
from tests.support.world import World, next_open_day

ROUTE = "POST /api/resman/tours/book"


def test_a_free_slot_is_booked_and_confirmed_with_the_propertys_offset(world: World) -> None:
    reply = world.book()

    assert reply.status == 201, reply.body
    assert set(reply.json) == {"appointment_id", "confirmed_datetime", "staff_member", "confirmation_details"}
    assert reply.json["confirmed_datetime"] == f"{next_open_day()}T14:00:00-06:00"
    assert reply.json["confirmation_details"] == {
        "location": "1200 Maple Avenue, Austin, TX 78701",
        "instructions": "Meet us at the leasing office by the main entrance.",
    }


def test_resman_holds_exactly_one_appointment_for_a_booking(world: World) -> None:
    booked = world.book().json

    (appointment,) = world.appointments()
    assert appointment["appointment_id"] == booked["appointment_id"]
    assert appointment["staff_member"] == booked["staff_member"]


def test_a_virtual_tour_answers_with_a_room_of_its_own(world: World) -> None:
    details = world.book(tour_type="virtual").json["confirmation_details"]

    assert details["virtual_link"].startswith("https://meet.example/maple-court/tour_")
    assert "location" not in details


def test_self_guided_tours_are_limited_by_capacity_and_need_no_staff(world: World) -> None:
    answers = [world.book(tour_type="self_guided", prospect_email=f"guest{number}@example.com") for number in range(3)]

    assert [answer.status for answer in answers] == [201, 201, 409]
    assert answers[0].json["staff_member"] == "Self-guided"


def test_staff_are_chosen_by_priority_and_then_by_who_has_fewest_tours(world: World) -> None:
    guides = [world.book(prospect_email=f"guest{number}@example.com").json["staff_member"] for number in range(3)]

    assert set(guides[:2]) == {"Dana Reyes", "Lee Okafor"}
    assert guides[2] == "Sam Whitfield"
    assert world.book(prospect_email="late@example.com", preferred_time="16:00").json["staff_member"] != "Sam Whitfield"


def test_a_taken_slot_is_refused_with_alternatives(world: World) -> None:
    """INV-34: Taken → 409 with alternatives."""
    world.book(property_id="cedar-row")
    refused = world.book(property_id="cedar-row", prospect_email="grace@example.com")

    assert (refused.status, refused.json["code"]) == (409, "SLOT_UNAVAILABLE")
    day = str(next_open_day())
    assert [(slot["date"], slot["time"]) for slot in refused.json["details"]["alternatives"][:2]] == [
        (day, "13:00"),
        (day, "15:00"),
    ]
    assert len(world.appointments()) == 1


def test_an_alternative_that_was_offered_can_be_booked(world: World) -> None:
    """INV-34"""
    world.book(property_id="cedar-row")
    refused = world.book(property_id="cedar-row", prospect_email="grace@example.com")
    offered = refused.json["details"]["alternatives"][0]

    again = world.book(
        property_id="cedar-row",
        prospect_email="grace@example.com",
        preferred_date=offered["date"],
        preferred_time=offered["time"],
    )

    assert (again.status, again.json["confirmed_datetime"]) == (201, offered["datetime"])


def test_time_that_resman_gave_to_somebody_else_is_not_booked(world: World) -> None:
    taken = f"{next_open_day()}T14:00:00-06:00"
    world.resman_staff("_appointments", property_id="cedar-row", employee_id="noor", starts_at=taken)

    assert world.book(property_id="cedar-row").status == 409


def test_an_appointment_in_resman_that_names_nobody_takes_the_time_of_one(world: World) -> None:
    world.resman_staff("_appointments", property_id="cedar-row", starts_at=f"{next_open_day()}T14:00:00-06:00")

    assert world.book(property_id="cedar-row").status == 409


def test_a_booking_asks_resman_and_not_the_cache(world: World) -> None:
    """INV-34: A slot is granted by a conditional write, never by the cache."""
    assert "14:00" in world.free_times(property_id="cedar-row")
    world.resman_staff(
        "_appointments", property_id="cedar-row", employee_id="noor", starts_at=f"{next_open_day()}T14:00:00-06:00"
    )

    assert world.book(property_id="cedar-row").status == 409


def test_a_prospects_upcoming_tour_is_moved_and_not_doubled(world: World) -> None:
    first = world.book()
    second = world.book(preferred_time="16:00", prospect_email="ADA@Example.com ")

    assert second.status == 201
    assert second.json["appointment_id"] == first.json["appointment_id"]
    (appointment,) = world.appointments()
    assert appointment["starts_at"].startswith(f"{next_open_day()}T22:00")
    assert "14:00" in world.free_times(property_id="maple-court")


def test_a_rebooking_may_begin_within_the_time_of_the_tour_it_moves(world: World) -> None:
    world.book(property_id="cedar-row")

    assert world.book(property_id="cedar-row", preferred_time="14:30").status == 201


def test_the_same_tour_asked_for_again_is_refused_and_names_the_one_there_is(world: World) -> None:
    first = world.book()
    again = world.book()

    assert (again.status, again.json["code"]) == (409, "SLOT_UNAVAILABLE")
    assert again.json["details"]["appointment_id"] == first.json["appointment_id"]


def test_a_slot_that_was_cancelled_can_be_booked_again(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    world.update(tour, status="cancelled")

    assert world.book(property_id="cedar-row", prospect_email="grace@example.com").status == 201


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"preferred_date": "2020-01-06"}, "tour_data.preferred_time", "past"),
        ({"preferred_time": "03:00"}, "tour_data.preferred_time", "leasing hours 09:00-18:00"),
        ({"preferred_time": "17:45"}, "tour_data.preferred_time", "nearest are"),
        ({"preferred_time": "14:07"}, "tour_data.preferred_time", "13:30, 14:00, 14:30"),
        ({"preferred_date": "9999-12-31"}, "tour_data.preferred_date", "2000"),
        ({"preferred_date": "2026-13-01"}, "tour_data.preferred_date", "2026-12-01"),
        ({"preferred_date": 20261201}, "tour_data.preferred_date", "2026-12-01"),
        ({"preferred_time": "2pm"}, "tour_data.preferred_time", "14:30"),
        ({"prospect_email": "ada"}, "tour_data.prospect_email", "ada@example.com"),
        ({"prospect_phone": "call me"}, "tour_data.prospect_phone", "7 to 15 digits"),
        ({"prospect_name": ""}, "tour_data.prospect_name", "at least 1"),
        ({"prospect_name": "Ada\r\nBcc: all@example.com"}, "tour_data.prospect_name", "one line"),
        ({"prospect_name": 5}, "tour_data.prospect_name", "must be text"),
        ({"tour_type": "drone"}, "tour_data.tour_type", "in_person"),
        ({"unit_preferences": "2 bedrooms"}, "tour_data.unit_preferences", "list"),
        ({"special_requests": "x" * 2001}, "tour_data.special_requests", "2000"),
        ({"prefered_time": "14:00"}, "tour_data.prefered_time", "not known here"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    world: World, changes: dict[str, Any], field: str, words: str
) -> None:
    before = len(world.rows())
    refused = world.book(**changes)

    assert (refused.status, refused.json["code"]) == (400, "VALIDATION_ERROR")
    assert refused.json["details"][0]["field"] == field
    assert words in refused.json["details"][0]["message"]
    assert words in refused.json["error"]
    assert len(world.rows()) <= before + 1, "only the rate window may be new"
    assert world.appointments() == []


def test_sundays_and_holidays_say_that_no_tours_are_given(world: World) -> None:
    sunday = next_open_day() + timedelta(days=5)
    refused = world.book(preferred_date=str(sunday))

    assert refused.status == 400
    assert "no tours on Sunday" in refused.json["error"]


def test_a_tour_needs_the_propertys_minimum_notice(world: World) -> None:
    with time_machine.travel(f"{next_open_day()}T19:30:00Z", tick=True):
        today = str(clock.now().date())
        refused = world.book(preferred_date=today, preferred_time="14:00")
        assert (refused.status, "60 minutes" in refused.json["error"]) == (400, True)
        assert world.book(preferred_date=today, preferred_time="15:00").status == 201


def test_a_time_that_the_clocks_skip_is_refused(world: World) -> None:
    """02:30 does not exist in Chicago on the second Sunday in March."""
    nights = {**world.property, "id": "owl-court", "leasing_hours": {"sunday": [{"opens": "00:00", "closes": "06:00"}]}}
    with time_machine.travel("2027-03-10T12:00:00Z", tick=True):
        _add_property(world, nights)
        refused = world.book(property_id="owl-court", preferred_date="2027-03-14", preferred_time="02:30")
        times = [
            slot["time"]
            for slot in world.availability(property_id="owl-court", date="2027-03-14").json["available_slots"]
        ]

    assert refused.status == 400
    assert "clocks go forward" in refused.json["error"]
    assert "01:30" in times
    assert "03:00" in times
    assert "02:00" not in times


def _add_property(world: World, added: dict[str, Any]) -> None:
    from tests.support.world import Context, function

    function("resman/operators/create_property")(added, Context())
    client = {"account_id": "maple", "name": "Maple", "property_ids": ["maple-court", added["id"]]}
    world.api_key = function("resman/operators/create_client")(client, Context())["api_key"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-api-key": ""}, 401, "UNAUTHORIZED"),
        ({"x-api-key": "tours_wrong"}, 401, "UNAUTHORIZED"),
        ({"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_callers_without_a_key_or_with_another_media_type_are_told_what_to_send(
    world: World, headers: dict[str, str], status: int, code: str
) -> None:
    reply = world.book(headers=headers)

    assert (reply.status, reply.json["code"]) == (status, code)


@pytest.mark.parametrize("body", ["", "{", "[]", '"book"', "NaN", "[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_400(world: World, body: str) -> None:
    assert world.call("resman/tours/book", body=body).status == 400


def test_a_body_that_is_broken_says_where(world: World) -> None:
    refused = world.call("resman/tours/book", body='{"conversation_id": conv-1}')

    assert (refused.status, refused.json["code"]) == (400, "VALIDATION_ERROR")
    assert "at character 20" in refused.json["error"]


def test_another_accounts_property_is_as_missing_as_one_that_does_not_exist(world: World) -> None:
    """INV-23 for tours: an id of another tenant answers exactly as a missing one does."""
    others = world.book(property_id="harbor-point")
    missing = world.book(property_id="harbor-p0int")

    assert (missing.status, missing.json["code"], others.status) == (404, "NOT_FOUND", 404)
    assert others.body.replace("harbor-point", "?") == missing.body.replace("harbor-p0int", "?")


def test_a_booking_that_resman_rejects_says_why_and_leaves_its_slot_free(world: World) -> None:
    world.resman_refuses("PostLeadManagement", "LastName is required")
    rejected = world.book()

    assert (rejected.status, rejected.json["code"]) == (502, "RESMAN_REJECTED")
    assert "LastName is required" in rejected.json["error"]
    assert world.appointments() == []
    assert world.book().status == 201


def test_a_rejection_that_cannot_be_noted_because_others_change_the_tour_is_a_503(world: World) -> None:
    """ResMan answers, so it is not named; the tour is looked at again by whoever sends the request again."""
    world.resman_refuses("PostLeadManagement", "LastName is required")
    with meanwhile(*[lambda: _changed_by_somebody(world)] * (2 * sync.TRIES)):
        reply = world.book()

    assert (reply.status, reply.json["code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert (reply.headers["retry-after"], "try again" in reply.json["error"]) == ("2", True)


def _changed_by_somebody(world: World) -> None:
    for row in world.rows():
        if row.get("entity") == "tour":
            table.write(table.Update(key=keys.Key(row["pk"], row["sk"]), set={"version": row["version"] + 1}))


def test_the_same_key_and_body_get_the_first_answer_again_byte_for_byte(world: World) -> None:
    """INV-10"""
    first = world.book(headers={"Idempotency-Key": "key-1"})
    again = world.book(headers={"Idempotency-Key": "key-1"})

    assert (again.status, again.body) == (first.status, first.body)
    assert len(world.appointments()) == 1


def test_a_refusal_is_remembered_too(world: World) -> None:
    """INV-10"""
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    grace = {"property_id": "cedar-row", "prospect_email": "grace@example.com"}
    refused = world.book(**grace, headers={"Idempotency-Key": "key-1"})
    world.update(tour, status="cancelled")
    again = world.book(**grace, headers={"Idempotency-Key": "key-1"})

    assert (again.status, again.body) == (409, refused.body)


def test_the_same_key_with_another_body_is_422(world: World) -> None:
    """INV-10"""
    world.book(headers={"Idempotency-Key": "key-1"})
    other = world.book(preferred_time="16:00", headers={"Idempotency-Key": "key-1"})

    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_key_whose_request_still_runs_is_409(world: World) -> None:
    """INV-10"""
    body = json.dumps(world.booking())
    idempotency.claim("account maple", ROUTE, "key-1", body.encode())
    waiting = world.call("resman/tours/book", body=body, headers={"Idempotency-Key": "key-1"})

    assert (waiting.status, waiting.json["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert world.appointments() == []


def test_a_failure_of_ours_is_not_remembered(world: World) -> None:
    """INV-10: 429 and 5xx are not remembered."""
    key = {"Idempotency-Key": "key-1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RESMAN_SECRET")
        assert world.book(headers=key).status == 500

    assert world.book(headers=key).status == 201


def test_a_table_that_does_not_answer_is_a_503_that_says_what_to_do(world: World) -> None:
    events = table.client().meta.events
    events.register_first("before-send.dynamodb.TransactWriteItems", _no_connection)
    refused = world.book()
    events.unregister("before-send.dynamodb.TransactWriteItems", _no_connection)

    assert (refused.status, refused.json["code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert refused.headers["retry-after"] == "5"


def _no_connection(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")


def test_a_key_belongs_to_one_account_and_one_route(world: World) -> None:
    """INV-10"""
    world.book(headers={"Idempotency-Key": "key-1"})
    world.api_key = world.other_api_key
    other = world.book(property_id="harbor-point", headers={"Idempotency-Key": "key-1"})

    assert other.status == 201


def test_a_request_that_died_after_its_commit_is_found_by_its_key(world: World) -> None:
    """INV-10: the claim of a dead request ends by itself, and what it left behind is not made twice."""
    first = world.book(headers={"Idempotency-Key": "key-1"})
    _forget_answer("key-1")
    again = world.book(headers={"Idempotency-Key": "key-1"})

    assert (again.status, again.json["appointment_id"]) == (201, first.json["appointment_id"])
    assert len(world.appointments()) == 1


def test_a_key_that_is_used_again_long_after_books_anew(world: World) -> None:
    """INV-10: a key is remembered for a day, not for ever, and another body is never answered with an old tour."""
    first = world.book(headers={"Idempotency-Key": "key-1"})
    world.update(first.json["appointment_id"], status="cancelled")
    _forget_answer("key-1")
    same_body = world.book(headers={"Idempotency-Key": "key-1"})
    _forget_answer("key-1")
    other_body = world.book(preferred_time="16:00", headers={"Idempotency-Key": "key-1"})

    assert same_body.status == 201
    assert same_body.json["appointment_id"] != first.json["appointment_id"]
    assert other_body.json["confirmed_datetime"] == f"{next_open_day()}T16:00:00-06:00"


def _forget_answer(key: str) -> None:
    table.write(table.Delete(key=keys.idempotency("account maple", ROUTE, key)))


def test_a_caller_over_the_limit_is_told_how_long_to_wait(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False):
        window = clock.epoch(clock.now()) // 60
        row = {**keys.rate_window("account maple", window)._asdict(), "used": 1000}
        table.write(table.Put(item=row))
        refused = world.book()

    assert (refused.status, refused.json["code"]) == (429, "RATE_LIMITED")
    assert 0 < int(refused.headers["retry-after"]) <= 60


@given(
    booking=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=8,
    ),
    field=st.sampled_from(["prospect_name", "preferred_date", "preferred_time", "property_id", "unit_preferences"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_wrong_value_is_a_4xx_and_never_a_500(world: World, booking: Any, field: str) -> None:
    assert 400 <= world.book(**{field: booking, "prospect_email": "not an address"}).status < 500
