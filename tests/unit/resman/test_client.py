"""The ResMan client against a ResMan that answers over real HTTP."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from kernel.errors import ResmanRejected, ResmanUnavailable
from local.sandboxes.resman import ResmanProperty
from resman import lead_management, wire
from resman.client import DEFAULT_SOURCE, ChangedThere, ResmanClient, client
from resman.model import TourStatus
from resman.port import Booked, Lead, Person
from tests.support.local_stack import eventually
from tests.support.sandboxes import CREDENTIALS, IN_RESMAN, MAPLE_COURT, QUICK, ResmanSandbox, resman_sandbox

POST = "MITS/PostLeadManagement4_0"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=16, minute=0, second=0, microsecond=0)
GRACE = Person(first_name="Grace", last_name="Hopper", email="grace@navy.example", phone="+1 512 555 0142")


@pytest.fixture
def sandbox() -> Iterator[ResmanSandbox]:
    with resman_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def resman(sandbox: ResmanSandbox) -> ResmanClient:
    return client_of(sandbox)


def client_of(sandbox: ResmanSandbox, **settings: Any) -> ResmanClient:
    return ResmanClient(sandbox.url, lambda: CREDENTIALS, **{"patience": QUICK, **settings})


def lead(tour_id: str = "tour_cafe01", **fields: Any) -> Lead:
    blank = {"prospect_id": None, "event_id": None, "employee_id": "dana", "status": TourStatus.PENDING_SYNC}
    return Lead.model_validate(
        {"tour_id": tour_id, "person": GRACE, "starts_at": TOMORROW, "comments": "In-person tour"} | blank | fields
    )


def known(booked: Booked, **fields: Any) -> Lead:
    return lead(prospect_id=booked.prospect_id, event_id=booked.event_id, **fields)


def test_a_booking_becomes_one_event_on_a_new_guest_card(sandbox: ResmanSandbox, resman: ResmanClient) -> None:
    booked = resman.update(MAPLE_COURT, lead(unit_preferences=("2B", "3 & 4")))

    (appointment,), (card,) = sandbox.appointments, sandbox.prospects
    assert appointment["appointment_id"] == "tour_cafe01"
    assert (appointment["event_id"], appointment["prospect_id"]) == (booked.event_id, booked.prospect_id)
    assert (appointment["status"], appointment["staff_member"]) == ("Scheduled", "Dana Reyes")
    assert datetime.fromisoformat(appointment["starts_at"]) == TOMORROW
    assert (card["name"], card["email"], card["desired_units"]) == ("Grace Hopper", GRACE.email, ["2B", "3 & 4"])


def test_a_second_tour_of_a_known_person_goes_on_the_same_card(sandbox: ResmanSandbox, resman: ResmanClient) -> None:
    first = resman.update(MAPLE_COURT, lead())
    other_case = GRACE.model_copy(update={"email": "Grace@Navy.example"})
    second = resman.update(MAPLE_COURT, lead("tour_cafe02", person=other_case))

    assert first.prospect_id == second.prospect_id
    assert first.event_id != second.event_id
    assert len(sandbox.prospects) == 1


def test_telling_the_same_tour_again_changes_its_event_and_makes_no_second(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    """INV-34"""
    first = resman.update(MAPLE_COURT, lead())

    assert resman.update(MAPLE_COURT, lead()).event_id == first.event_id
    assert len(sandbox.appointments) == 1


def test_what_staff_changed_since_we_looked_is_told_and_not_overwritten(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    booked = resman.update(MAPLE_COURT, lead())
    assert booked.modified_at
    with pytest.raises(ChangedThere) as changed:
        resman.update(MAPLE_COURT, known(booked), booked.modified_at - timedelta(seconds=1))

    assert changed.value.held.event_id == booked.event_id
    assert resman.update(MAPLE_COURT, known(booked), booked.modified_at).event_id == booked.event_id


def test_a_tour_that_resman_never_took_is_annulled_without_a_trace(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    assert resman.annul(MAPLE_COURT, lead()) is None
    assert sandbox.appointments == []


@pytest.mark.parametrize("fault", [{"delaySeconds": 2.5}, {"status": 502}, {"status": 504}, {"status": 429}])
def test_a_failure_after_the_effect_leaves_one_appointment(
    sandbox: ResmanSandbox, resman: ResmanClient, fault: dict[str, Any]
) -> None:
    """INV-34"""
    sandbox.fail(path=POST, afterEffect=True, times=1, **fault)

    booked = resman.update(MAPLE_COURT, lead())

    assert [appointment["event_id"] for appointment in sandbox.appointments] == [booked.event_id]


@pytest.mark.parametrize(("is_known", "seconds"), [(False, 2.5), (True, 2.5), (True, 4)])
def test_a_post_that_takes_effect_long_after_the_time_out_stays_the_only_one(
    sandbox: ResmanSandbox, is_known: bool, seconds: float
) -> None:
    """INV-34: ResMan would not refuse a second event of somebody it knows, so it must not be sent meanwhile."""
    resman = client_of(sandbox, patience=replace(QUICK, total_seconds=3))
    if is_known:
        sandbox.staff_book(property_id="resman-maple-court", email=GRACE.email, starts_at=TOMORROW.isoformat())
    sandbox.fail(path=POST, delaySeconds=seconds, times=1)

    with suppress(ResmanUnavailable):
        resman.update(MAPLE_COURT, lead())
    assert eventually(lambda: ours(sandbox))
    booked = resman.update(MAPLE_COURT, lead())

    assert [appointment["event_id"] for appointment in ours(sandbox)] == [booked.event_id]


def ours(sandbox: ResmanSandbox) -> list[dict[str, Any]]:
    return [appointment for appointment in sandbox.appointments if appointment["tour_id"] == "tour_cafe01"]


def test_a_change_that_times_out_is_sent_again_as_it_cannot_make_a_second_event(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    booked = resman.update(MAPLE_COURT, lead())
    sandbox.fail(path=POST, status=504, times=2)

    resman.update(MAPLE_COURT, known(booked, employee_id="lee"))

    assert [appointment["staff_member"] for appointment in sandbox.appointments] == ["Lee Okafor"]


def test_a_person_who_appears_while_booking_gets_one_card(sandbox: ResmanSandbox, resman: ResmanClient) -> None:
    """Both look, neither finds her, both post; the one ResMan refuses looks again."""
    sandbox.fail(path=wire.SEARCH_PROSPECTS, delaySeconds=0.3, afterEffect=True, times=2)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda tour_id: resman.update(MAPLE_COURT, lead(tour_id)), ("tour_a", "tour_b"))
    assert first.prospect_id == second.prospect_id
    assert {appointment["event_id"] for appointment in sandbox.appointments} == {first.event_id, second.event_id}


def test_an_effect_later_than_anyone_waits_is_mended_with_the_next_change(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    """INV-34"""
    booked = resman.update(MAPLE_COURT, lead())
    late_twin = first_try(sandbox, booked)
    sandbox.call(POST, Xml=late_twin)
    assert len(sandbox.appointments) == 2

    resman.update(MAPLE_COURT, known(booked, status=TourStatus.CONFIRMED))

    assert [appointment["event_id"] for appointment in ours(sandbox)] == [booked.event_id]
    assert [a.event_id for a in resman.fetch_availability(MAPLE_COURT).appointments] == [booked.event_id]


def first_try(sandbox: ResmanSandbox, booked: Booked) -> str:
    """What a first try had sent, which found the card but no event on it yet."""
    answer = sandbox.call(wire.SEARCH_PROSPECTS, ProspectID=booked.prospect_id)
    (card,) = lead_management.read(wire.read_answer(answer.text), UTC)
    return lead_management.write(lead(), card.model_copy(update={"appointments": ()}), None, "src-domiq", UTC)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_failure_before_the_effect_is_tried_again(sandbox: ResmanSandbox, resman: ResmanClient, status: int) -> None:
    sandbox.fail(path=POST, status=status, times=2)

    booked = resman.update(MAPLE_COURT, lead())

    assert [appointment["event_id"] for appointment in sandbox.appointments] == [booked.event_id]


def test_a_resman_that_stays_down_is_unavailable_and_holds_nothing(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    sandbox.fail(status=503, times=3)
    with pytest.raises(ResmanUnavailable, match="HTTP 503"):
        resman.update(MAPLE_COURT, lead())
    assert (sandbox.appointments, sandbox.pending_faults) == ([], 0)


def test_moving_a_tour_moves_its_event(sandbox: ResmanSandbox, resman: ResmanClient) -> None:
    booked = resman.update(MAPLE_COURT, lead())
    later = TOMORROW + timedelta(hours=2)

    assert resman.update(MAPLE_COURT, known(booked, starts_at=later, employee_id="lee")).event_id == booked.event_id

    (appointment,) = sandbox.appointments
    assert datetime.fromisoformat(appointment["starts_at"]) == later
    assert appointment["staff_member"] == "Lee Okafor"


@pytest.mark.parametrize(
    ("status", "event_type", "word"),
    [
        (TourStatus.CANCELLED, "Other", "Cancelled"),
        (TourStatus.FAILED, "Other", "Cancelled"),
        (TourStatus.NO_SHOW, "Other", "No Show"),
        (TourStatus.COMPLETED, "Show", "Show"),
        (TourStatus.CONFIRMED, "Appointment", "Scheduled"),
    ],
)
def test_what_became_of_a_tour_is_noted_and_the_prospect_is_never_lost(
    sandbox: ResmanSandbox, resman: ResmanClient, status: TourStatus, event_type: str, word: str
) -> None:
    booked = resman.update(MAPLE_COURT, lead())
    resman.update(MAPLE_COURT, known(booked, status=status))

    (appointment,), (card,) = sandbox.appointments, sandbox.prospects
    (seen,) = resman.fetch_availability(MAPLE_COURT).appointments
    assert (appointment["event_type"], appointment["status"], seen.status) == (event_type, word, word)
    assert card["type"] == "prospect"


def test_updating_a_tour_that_resman_never_got_books_it(sandbox: ResmanSandbox, resman: ResmanClient) -> None:
    booked = resman.update(MAPLE_COURT, lead(status=TourStatus.CONFIRMED))
    assert [appointment["event_id"] for appointment in sandbox.appointments] == [booked.event_id]


def test_what_staff_corrected_and_wrote_in_resman_survives_our_update(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    booked = resman.update(MAPLE_COURT, lead())
    sandbox.staff_change("tour_cafe01", "Confirmed", staff_notes="Brings her dog")
    misspelt = GRACE.model_copy(update={"last_name": "Hoper"})

    resman.update(MAPLE_COURT, known(booked, person=misspelt, status=TourStatus.COMPLETED))

    assert sandbox.appointments[0]["comments"] == "In-person tour\n[DomIQ tour_cafe01]\nBrings her dog"
    assert sandbox.prospects[0]["name"] == "Grace Hopper"


def test_availability_knows_the_staff_and_the_appointments_they_made_themselves(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    sandbox.staff_book(property_id="resman-maple-court", employee_id="lee", starts_at=TOMORROW.isoformat())
    resman.update(MAPLE_COURT, lead())

    schedule = resman.fetch_availability(MAPLE_COURT)

    assert [employee.name for employee in schedule.employees] == ["Dana Reyes", "Lee Okafor"]
    seen = {(a.tour_id, a.employee_id, a.staff_name, a.starts_at, a.status) for a in schedule.appointments}
    assert seen == {
        (None, "lee", "Lee Okafor", TOMORROW, "Scheduled"),
        ("tour_cafe01", "dana", "Dana Reyes", TOMORROW, "Scheduled"),
    }


def test_a_property_with_one_employee_and_no_prospects_is_read_as_well(sandbox: ResmanSandbox) -> None:
    lonely = ResmanProperty("400", "resman-maple-court", IN_RESMAN.employees[:1], sources={"src-1": DEFAULT_SOURCE})
    with resman_sandbox(lonely) as small:
        schedule = client_of(small).fetch_availability(MAPLE_COURT)
    assert [employee.id for employee in schedule.employees] == ["dana"]
    assert schedule.appointments == ()


@pytest.mark.parametrize("largest", [timedelta(days=31), timedelta(days=3)])
def test_a_window_resman_cannot_answer_is_halved_until_it_can(largest: timedelta) -> None:
    with resman_sandbox(largest_window=largest) as sandbox:
        resman = client_of(sandbox)
        resman.update(MAPLE_COURT, lead())
        assert len(resman.fetch_availability(MAPLE_COURT).appointments) == 1
        assert len(resman.fetch_availability(MAPLE_COURT).appointments) == 1


def test_changes_come_in_order_with_the_words_of_staff(sandbox: ResmanSandbox, resman: ResmanClient) -> None:
    for tour_id in ("tour_a", "tour_b", "tour_c"):
        resman.update(MAPLE_COURT, lead(tour_id))
    (since,) = [a.modified_at for a in resman.fetch_availability(MAPLE_COURT).appointments if a.tour_id == "tour_c"]
    assert since is not None
    moved = TOMORROW + timedelta(days=1)
    sandbox.staff_change("tour_b", "Canceled", staff_notes="Found another place")
    sandbox.staff_change("tour_a", "Confirmed", starts_at=moved.isoformat())

    changes = resman.changes_since(MAPLE_COURT, since + timedelta(milliseconds=1))

    assert [(c.tour_id, c.status, c.staff_notes) for c in changes] == [
        ("tour_b", "Canceled", "Found another place"),
        ("tour_a", "Confirmed", None),
    ]
    assert changes[1].starts_at == moved


def test_what_resman_refuses_is_rejected_with_its_reason_and_not_tried_again(
    sandbox: ResmanSandbox, resman: ResmanClient
) -> None:
    with pytest.raises(ResmanRejected, match="Agent could not be found"):
        resman.update(MAPLE_COURT, lead(employee_id="nobody"))
    assert sandbox.prospects == []


def test_a_source_that_resman_does_not_have_is_an_operators_task(sandbox: ResmanSandbox) -> None:
    resman = client_of(sandbox, source_name="Billboard")
    with pytest.raises(ResmanUnavailable, match=r"no prospect source named 'Billboard'.*DomIQ, Walk In"):
        resman.update(MAPLE_COURT, lead())


def test_times_can_be_read_and_written_in_the_propertys_zone() -> None:
    with resman_sandbox() as sandbox:
        resman = client_of(sandbox, times=wire.Times.PROPERTY)
        resman.update(MAPLE_COURT, lead())
        local = TOMORROW.astimezone(MAPLE_COURT.zone).replace(tzinfo=UTC)
        assert datetime.fromisoformat(sandbox.appointments[0]["starts_at"]) == local


def test_the_client_of_the_process_is_set_up_by_the_deployment(
    sandbox: ResmanSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_aws(config={"core": {"passthrough": {"urls": [sandbox.url]}}}):
        secret = {"integration_partner_id": "domiq", "api_key": "GARISH-RUG-KEY", "webhook_secret": "unused"}
        boto3.client("secretsmanager").create_secret(Name="test-client/resman", SecretString=json.dumps(secret))
        settings = {"RESMAN_BASE_URL": sandbox.url, "RESMAN_SECRET": "test-client/resman", "RESMAN_SOURCE": "Walk In"}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        client.cache_clear()
        client().update(MAPLE_COURT, lead())
        assert client() is client()
    client.cache_clear()
    assert len(sandbox.appointments) == 1
