"""immersio.integration.connect"""

import logging
from typing import Any

import pytest

from immersio.access.model import Role
from immersio.integration import service, store
from immersio.integration.model import Integration
from immersio.webhook import store as webhooks
from kernel import keys, table
from kernel.errors import ImmersioNotConnected
from tests.support.immersio import ACADEMY, KEYS, STUDIO, Immersio, ask_to_connect, connect
from tests.support.schools import School, Schools, error, gone, procedures, result, sample_input
from tests.support.world import Reply

SINK = "http://127.0.0.1:9/hook"
WRONG_KEY = "imk_GARISH_RUG"


def is_connected(schools: Schools, school: School) -> bool:
    return bool(result(schools.call("immersio.tenant.get", school.cookie(Role.OWNER)))["immersioConnected"])


def kept(school: School) -> Integration:
    return service.connected(school.tenant_id)


def failed_test(reply: Reply) -> str:
    """Why there is no connection, in an answer that is otherwise as specified."""
    answer = result(reply)
    assert answer.keys() == {"success", "integrationId", "testResult"}
    assert answer["success"] is False
    assert answer["testResult"].keys() == {"connectionValid", "error"}
    assert answer["testResult"]["connectionValid"] is False
    reason: str = answer["testResult"]["error"]
    return reason


def conflict(reply: Reply) -> str:
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    message: str = reply.json["error"]["json"]["message"]
    return message


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_school_connects_and_is_told_what_was_found(schools: Schools, role: Role) -> None:
    assert not is_connected(schools, schools.academy)
    answer = result(ask_to_connect(schools, role=role))
    assert answer.pop("integrationId") == kept(schools.academy).id > 0
    assert answer == {
        "success": True,
        "testResult": {"connectionValid": True, "orgName": "Language Academy", "courseCount": 3},
    }
    assert is_connected(schools, schools.academy)
    assert not is_connected(schools, schools.studio)


def test_a_teacher_may_not_connect_the_school(schools: Schools) -> None:
    assert ask_to_connect(schools, role=Role.MEMBER).status == 403


def test_before_that_whoever_needs_a_connection_is_told_how_to_come_by_one(schools: Schools) -> None:
    with pytest.raises(ImmersioNotConnected, match=r"immersio\.integration\.connect"):
        service.connected(schools.academy.tenant_id)


def test_a_new_key_takes_the_place_of_the_old_one_under_the_same_number(schools: Schools) -> None:
    first = connect(schools)
    table.write(table.Update(key=keys.integration(schools.academy.tenant_id), set={"api_key": "imk_old"}))
    since = table.get(keys.tenant(schools.academy.tenant_id))
    assert connect(schools) == first
    assert kept(schools.academy).api_key == KEYS[ACADEMY]
    assert table.get(keys.tenant(schools.academy.tenant_id)) == since


@pytest.mark.parametrize("before", [False, True], ids=["not connected", "connected"])
@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"apiKey": WRONG_KEY}, "refuses your school's API key"),
        ({"apiKey": KEYS[STUDIO]}, "knows no such organisation for this API key"),
    ],
    ids=["a wrong key", "another's key"],
)
def test_what_immersio_refuses_is_said_and_nothing_is_written(
    schools: Schools, before: bool, sent: dict[str, Any], reason: str
) -> None:
    number = connect(schools) if before else 0
    rows = schools.rows()
    reply = ask_to_connect(schools, webhookUrl=SINK, **sent)
    assert reason in failed_test(reply)
    assert result(reply)["integrationId"] == number
    assert WRONG_KEY not in reply.body
    assert schools.rows() == rows


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"status": 301}, {"delaySeconds": 2.5}], ids=str)
def test_while_immersio_does_not_answer_nothing_is_written(
    schools: Schools, immersio: Immersio, fault: dict[str, Any]
) -> None:
    rows = schools.rows()
    immersio.fail(path="/v1/organizations/", times=10, **fault)
    assert "Immersio" in failed_test(ask_to_connect(schools, webhookUrl=SINK))
    assert schools.rows() == rows


def test_one_answer_that_is_lost_is_asked_for_again(schools: Schools, immersio: Immersio) -> None:
    immersio.fail(path="/v1/organizations/", status=502)
    connect(schools)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://10.0.0.1/hook", "must lead to the public internet"),
        ("https://169.254.169.254/latest/meta-data", "must lead to the public internet"),
        ("https://user:GARISH@93.184.216.34/hook", "must not contain a user name"),
        ("http://93.184.216.34/hook", "must start with https://"),
        ("ftp://93.184.216.34/hook", "must be a URL"),
        ("", "must be a URL"),
        (f"https://93.184.216.34/{'a' * 2000}", "2000"),
        (None, "must be text"),
    ],
)
def test_an_address_that_may_not_be_sent_to_is_refused_before_anything_happens(
    schools: Schools, immersio: Immersio, url: Any, rule: str
) -> None:
    """INV-29"""
    rows = schools.rows()
    immersio.fail(path="/v1/")
    reply = ask_to_connect(schools, webhookUrl=url)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    message = reply.json["error"]["json"]["message"]
    assert message.startswith("webhookUrl: ")
    assert rule in message
    assert "GARISH" not in reply.body
    assert schools.rows() == rows
    assert [fault["times"] for fault in immersio.faults()] == [1], "Immersio was not asked"


def test_a_school_is_told_at_the_address_it_connects_with(schools: Schools) -> None:
    studio = schools.studio
    assert webhooks.load_receiver(studio.tenant_id) is None
    connect(schools, studio)
    assert webhooks.load_receiver(studio.tenant_id) is None
    connect(schools, studio, webhookUrl=SINK)
    receiver = webhooks.load_receiver(studio.tenant_id)
    assert receiver
    assert receiver.address == SINK
    assert [secret.value.startswith("whsec_") for secret in receiver.secrets] == [True]


@pytest.mark.parametrize("sent", [{}, {"webhookUrl": SINK}], ids=["the same address", "another address"])
def test_connecting_again_switches_a_receiver_on_again_and_keeps_its_secret(
    schools: Schools, sent: dict[str, Any]
) -> None:
    tenant_id = schools.academy.tenant_id
    before = webhooks.load_receiver(tenant_id)
    assert before
    table.write(table.Update(key=keys.receiver(tenant_id), set={"disabled_at": "2026-11-20T10:00:00.000Z"}))
    connect(schools, **sent)
    after = webhooks.load_receiver(tenant_id)
    assert after
    assert after.address == sent.get("webhookUrl", before.url)
    assert after.secrets == before.secrets


def test_an_organisation_of_another_school_is_refused_and_the_school_is_not_named(schools: Schools) -> None:
    """INV-23: even with a key that opens it, it stays with the school whose it is."""
    rows = schools.rows()
    reply = ask_to_connect(schools, schools.studio, immersioOrgId=ACADEMY, apiKey=KEYS[ACADEMY])
    assert "is another school's" in conflict(reply)
    assert [mark for mark in schools.academy.marks if mark in reply.body] == []
    assert schools.rows() == rows


def test_a_school_that_is_connected_stays_with_its_organisation(schools: Schools) -> None:
    free(schools.studio, STUDIO)
    connect(schools)
    rows = schools.rows()
    assert "stays with it" in conflict(ask_to_connect(schools, immersioOrgId=STUDIO, apiKey=KEYS[STUDIO]))
    assert schools.rows() == rows


def test_what_operators_put_down_wrongly_is_set_right_by_connecting(schools: Schools) -> None:
    """The organisation that the school turned out not to be may be another's."""
    free(schools.studio, STUDIO)
    connect(schools, immersioOrgId=STUDIO, apiKey=KEYS[STUDIO])
    assert kept(schools.academy).org_id == STUDIO
    assert store.find_tenant_id(STUDIO) == schools.academy.tenant_id
    assert store.find_tenant_id(ACADEMY) is None


def test_of_two_schools_that_connect_one_organisation_at_once_one_gets_it(
    schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either writes: the condition decides."""
    free(schools.academy, ACADEMY)
    free(schools.studio, STUDIO)
    commit = store.commit
    ours: dict[str, Any] = {"immersioOrgId": ACADEMY, "apiKey": KEYS[ACADEMY]}

    def slowly(*actions: Any) -> None:
        monkeypatch.setattr(store, "commit", commit)
        connect(schools, schools.studio, **ours)
        commit(*actions)

    monkeypatch.setattr(store, "commit", slowly)
    conflict(ask_to_connect(schools, **ours))
    assert store.find_tenant_id(ACADEMY) == schools.studio.tenant_id
    assert not is_connected(schools, schools.academy)


def test_two_managers_who_connect_at_once_agree_on_one_connection(
    schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, numbers = store.commit, []

    def slowly(*actions: Any) -> None:
        monkeypatch.setattr(store, "commit", commit)
        numbers.append(connect(schools))
        commit(*actions)

    monkeypatch.setattr(store, "commit", slowly)
    assert [connect(schools)] == numbers == [kept(schools.academy).id]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"immersioOrgId": ""}, "immersioOrgId: "),
        ({"immersioOrgId": "org with spaces"}, "immersioOrgId: "),
        ({"immersioOrgId": 7}, "immersioOrgId: must be text"),
        ({"apiKey": ""}, "apiKey: must be an API key as Immersio shows it"),
        ({"apiKey": "GARISH\r\nX-Other: 1"}, "apiKey: must be an API key as Immersio shows it"),
        ({"apiKey": "GARISH" * 100}, "apiKey: "),
        ({"apiKey": None}, "apiKey: must be text"),
    ],
)
def test_a_mistake_is_named_without_the_key(schools: Schools, sent: dict[str, Any], words: str) -> None:
    """INV-26"""
    reply = ask_to_connect(schools, **sent)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith(words)
    assert "GARISH" not in reply.body


@pytest.mark.parametrize("org_id", ["..", ".", "org_language_academy/courses", "org_language_academy?x=1", "%2e%2e"])
def test_an_organisation_is_never_read_as_a_path(schools: Schools, org_id: str) -> None:
    """It would be another of Immersio's methods that is asked, with the school's key."""
    rows = schools.rows()
    assert "no such organisation" in failed_test(ask_to_connect(schools, immersioOrgId=org_id))
    assert schools.rows() == rows


def test_the_key_is_shown_in_no_answer_and_no_log(
    schools: Schools, immersio: Immersio, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26"""
    caplog.set_level(logging.INFO)
    ask_to_connect(schools, apiKey=WRONG_KEY)
    immersio.fail(path="/v1/", times=3)
    ask_to_connect(schools, apiKey=WRONG_KEY)
    immersio.mend()
    connect(schools)
    owner = schools.academy.cookie(Role.OWNER)
    told = [schools.call(name, owner, sent=sample_input(name)).body for name in procedures()]
    assert told
    secrets = (KEYS[ACADEMY], WRONG_KEY)
    assert [body for body in [*told, caplog.text, repr(kept(schools.academy))] for key in secrets if key in body] == []


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask_to_connect(schools)
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")


def free(school: School, org_id: str) -> None:
    """The school has no organisation any more."""
    tenant = keys.tenant(school.tenant_id)
    table.write(
        table.Delete(key=keys.immersio_organization(org_id)), table.Update(key=tenant, remove=("immersio_org_id",))
    )
