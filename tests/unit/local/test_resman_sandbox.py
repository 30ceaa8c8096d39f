"""The ResMan sandbox is strict where ResMan is, so that a client that is sloppy fails here first."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import xmltodict

from tests.support.sandboxes import ResmanSandbox, resman_sandbox

POST = "MITS/PostLeadManagement4_0"


@pytest.fixture
def sandbox() -> Iterator[ResmanSandbox]:
    with resman_sandbox() as sandbox:
        yield sandbox


def document(kind: str = "Appointment", source: str = "src-domiq", **event: Any) -> str:
    tour = {"@EventType": kind, "@EventDate": "2026-12-01T12:00:00", "TransactionSource": source, **event}
    customer = {"@Type": "prospect", "Name": {"LastName": "Hopper"}, "Email": "grace@navy.example"}
    prospect = {"Customers": {"Customer": customer}, "Events": {"Event": tour}}
    return str(xmltodict.unparse({"LeadManagement": {"Prospects": {"Prospect": prospect}}}))


def refusal(answer: requests.Response) -> str:
    assert answer.status_code == 200
    assert answer.json()["Status"] == "Error"
    return str(answer.json()["ErrorDescription"])


def test_an_answer_names_its_method_and_place(sandbox: ResmanSandbox) -> None:
    answer = sandbox.call("Leasing/GetEmployees").json()
    assert {name: answer[name] for name in ("MethodName", "Status", "AccountID", "PropertyID")} == {
        "MethodName": "GetEmployees",
        "Status": "Success",
        "AccountID": "400",
        "PropertyID": "resman-maple-court",
    }
    assert [employee["Name"] for employee in answer["Employees"]] == ["Dana Reyes", "Lee Okafor"]


def test_accept_picks_xml(sandbox: ResmanSandbox) -> None:
    form = {"IntegrationPartnerID": "domiq", "ApiKey": "GARISH-RUG-KEY", "AccountID": "400"}
    answer = requests.post(
        f"{sandbox.url}/Leasing/GetEmployees",
        data=form | {"PropertyID": "resman-maple-court"},
        headers={"Accept": "application/xml"},
        timeout=60,
    )
    employees = xmltodict.parse(answer.text)["ResMan"]["Employees"]["Employee"]
    assert [employee["ID"] for employee in employees] == ["dana", "lee"]


@pytest.mark.parametrize("method", ["GetProspectSources", "GetLostProspectReasons"])
def test_lists_of_the_property_are_there_and_one_item_is_an_object(sandbox: ResmanSandbox, method: str) -> None:
    listed = sandbox.call(f"Leasing/{method}").json()[method.removeprefix("Get")]
    assert isinstance(listed, list if method == "GetProspectSources" else dict)


def test_units_are_there(sandbox: ResmanSandbox) -> None:
    assert len(sandbox.call("Property/GetUnits").json()["Units"]) == 3


def test_only_a_form_post_with_the_right_key_at_a_known_property_is_understood(sandbox: ResmanSandbox) -> None:
    url = f"{sandbox.url}/Leasing/GetEmployees"
    assert "Only a POST" in refusal(requests.get(url, timeout=60))
    assert "Only a POST" in refusal(requests.post(url, json={}, timeout=60))
    assert "Invalid" in refusal(sandbox.call("Leasing/GetEmployees", ApiKey="another"))
    assert "Property" in refusal(sandbox.call("Leasing/GetEmployees", PropertyID="elsewhere"))
    assert "no method" in refusal(sandbox.call("Leasing/GetAppointments"))
    assert "criterion" in refusal(sandbox.call("MITS/SearchProspects"))


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<LeadManagement>", "not well-formed"),
        ("<LeadManagement/>", "no Prospect"),
        (document(source="src-unknown"), "Transaction Source"),
        (document(EventID={"@IDValue": "e-unknown"}), "Event could not be found"),
        (document(Agent={"AgentID": {"@IDValue": "nobody"}}), "Agent"),
        (document().replace("2026-12-01T12:00:00", "soon"), "EventDate"),
    ],
)
def test_a_wrong_document_is_refused_as_a_whole(sandbox: ResmanSandbox, xml: str, reason: str) -> None:
    assert reason in refusal(sandbox.call(POST, Xml=xml))
    assert sandbox.prospects == []


def test_a_known_person_without_ids_is_refused(sandbox: ResmanSandbox) -> None:
    sandbox.call(POST, Xml=document())
    assert "already exists" in refusal(sandbox.call(POST, Xml=document()))
    assert len(sandbox.appointments) == 1


def test_the_event_type_cancel_loses_the_prospect(sandbox: ResmanSandbox) -> None:
    sandbox.call(POST, Xml=document("Cancel"))
    assert [prospect["type"] for prospect in sandbox.prospects] == ["lost"]


def test_too_large_a_window_overflows_the_proxy(sandbox: ResmanSandbox) -> None:
    since = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    answer = sandbox.call("MITS/SearchProspects", ModifiedStartDateTime=since)
    assert answer.status_code == 502
    assert "buffer overflow" in answer.text


def test_a_fault_before_the_effect_prevents_it_and_one_after_does_not(sandbox: ResmanSandbox) -> None:
    sandbox.fail(path="PostLead", status=500, times=1)
    assert sandbox.call(POST, Xml=document()).status_code == 500
    assert sandbox.appointments == []

    sandbox.fail(afterEffect=True, times=1)
    assert sandbox.call(POST, Xml=document()).status_code == 503
    assert len(sandbox.appointments) == 1


def test_a_fault_counts_the_answers_of_its_path_and_ends(sandbox: ResmanSandbox) -> None:
    sandbox.fail(path="GetUnits", status=502, times=2)
    assert sandbox.call("Leasing/GetEmployees").status_code == 200
    assert [sandbox.call("Property/GetUnits").status_code for _ in range(3)] == [502, 502, 200]
    sandbox.fail(times=5)
    sandbox.recover()
    assert sandbox.call("Property/GetUnits").status_code == 200


def test_faults_are_counted_right_under_concurrent_calls(sandbox: ResmanSandbox) -> None:
    sandbox.fail(times=5)
    statuses: list[int] = []
    calls = [
        threading.Thread(target=lambda: statuses.append(sandbox.call("Property/GetUnits").status_code))
        for _ in range(12)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert (statuses.count(503), statuses.count(200)) == (5, 7)


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/_faults", {"times": 0}, "times"),
        ("/_faults", {"status": "503"}, "status"),
        ("/_faults", {"delay": 2}, "delay"),
        ("/_faults", [], "body"),
        ("/_change", {"status": "Show"}, "appointment_id"),
        ("/_change", {"appointment_id": "x", "status": "Show", "starts_at": "2026-12-01T12:00:00"}, "starts_at"),
        ("/_appointments", {"property_id": "resman-maple-court"}, "starts_at"),
    ],
)
def test_a_control_used_wrongly_says_what_is_wrong(sandbox: ResmanSandbox, path: str, body: Any, named: str) -> None:
    answer = requests.post(f"{sandbox.url}{path}", json=body, timeout=60)
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_what_is_not_there_cannot_be_changed(sandbox: ResmanSandbox) -> None:
    change = {"appointment_id": "tour_none", "status": "Show"}
    assert requests.post(f"{sandbox.url}/_change", json=change, timeout=60).status_code == 404
    nowhere = {"property_id": "elsewhere", "starts_at": "2026-12-01T12:00:00Z"}
    assert requests.post(f"{sandbox.url}/_appointments", json=nowhere, timeout=60).status_code == 404
