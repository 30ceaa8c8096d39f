"""Queue immersio-webhooks"""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from immersio.webhook import events, store
from immersio.webhook.bodies import WorkshopCreated
from immersio.webhook.model import SigningSecret
from kernel import clock, keys, outbox, signatures, table
from tests.support.schools import Schools
from tests.support.sink import Received
from tests.support.workers import Context, function

QUEUE = "immersio-webhooks"
HAPPENED = datetime(2024, 11, 30, 10, 0, 0, 999_000, tzinfo=UTC)
DATA: dict[str, Any] = {
    "workshop": {
        "id": 42,
        "eventTypeId": 156,
        "title": "Wirtschaftsdeutsch für 日本語話者",
        "slug": "wirtschaftsdeutsch",
        "duration": 60,
        "price": 1500,
        "currency": "USD",
        "seats": 8,
        "immersioCourseId": None,
        "teacher": {"id": 5, "name": "Jane Smith", "email": "jane@example.com"},
    },
    "tenant": {"id": 1, "slug": "language-academy"},
}


def happens(tenant_id: int, event: str = "WORKSHOP_CREATED", sequence: int = 1) -> None:
    table.write(outbox.put(events.event(WorkshopCreated.model_validate(DATA), tenant_id, sequence)))


def told(schools: Schools, *answers: int) -> list[Received]:
    """Whatever is due is delivered; the receiver gives these answers, then 200s."""
    schools.sink.answers = list(answers)
    schools.run_workers(QUEUE)
    return schools.sink.received


def test_a_body_is_as_the_specification_has_it_to_the_letter(schools: Schools) -> None:
    with time_machine.travel(HAPPENED, tick=False):
        happens(schools.academy.tenant_id)
    (received,) = told(schools)
    assert received.json == {"event": "WORKSHOP_CREATED", "timestamp": "2024-11-30T10:00:00Z", "data": DATA}
    assert list(received.json) == ["event", "timestamp", "data"]
    assert "für 日本語話者" in received.body.decode()
    assert received.headers["Content-Type"] == "application/json"


def test_both_signatures_verify_with_the_secret_that_was_shown_when_the_school_was_made(schools: Schools) -> None:
    happens(schools.academy.tenant_id)
    (received,) = told(schools)
    assert schools.academy.webhook_secret
    headers = {name.lower(): value for name, value in received.headers.items()}
    Webhook(schools.academy.webhook_secret).verify(received.body, headers)
    signatures.verify(schools.academy.webhook_secret, headers, received.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(schools.academy.webhook_secret).verify(received.body + b" ", headers)


def test_every_school_has_a_secret_of_its_own(schools: Schools) -> None:
    secrets = {create(slug=f"s{n}", immersio_org_id=f"org_{n}")["webhook_secret"] for n in range(3)}
    assert len(secrets | {schools.academy.webhook_secret}) == 4


def test_a_receiver_that_fails_is_told_again_with_the_same_id_and_the_same_bytes(schools: Schools) -> None:
    """INV-27: a stable id; DynamoDB gives the fields of a map back in whatever order it likes."""
    happens(schools.academy.tenant_id)
    told(schools, 500)
    (message,) = schools.messages()
    table.write(table.Update(key=message.key, set={"payload": reversed_fields(message.payload)}))
    with time_machine.travel(clock.now() + timedelta(seconds=7), tick=True):
        first, second = told(schools)
    assert second.headers["webhook-id"] == first.headers["webhook-id"] == message.id
    assert second.body == first.body
    assert second.headers["webhook-signature"] != first.headers["webhook-signature"]
    assert [one.status for one in schools.messages()] == [outbox.Status.DELIVERED]


def test_the_sequence_of_a_change_is_a_header(schools: Schools) -> None:
    """INV-27: the body stays as specified."""
    for sequence in (7, 8):
        happens(schools.academy.tenant_id, sequence=sequence)
    assert {received.headers["X-Webhook-Sequence"] for received in told(schools)} == {"7", "8"}


def test_410_ends_the_deliveries_to_that_address_and_no_others(schools: Schools) -> None:
    """INV-28"""
    happens(schools.academy.tenant_id)
    assert len(told(schools, 410)) == 1
    assert len(schools.dead_letters(QUEUE)) == 1
    happens(schools.academy.tenant_id)
    assert len(told(schools)) == 1, "nothing more was asked of it"
    assert schools.messages("WORKSHOP")[-1].status is outbox.Status.UNSENT

    happens(create(webhook_url=f"{receiver(schools)}-of-another")["tenant_id"])
    assert len(told(schools)) == 2


def test_410_of_an_address_that_was_changed_meanwhile_disables_nothing(schools: Schools) -> None:
    tenant_id = schools.academy.tenant_id
    former = integration(tenant_id).model_copy(update={"url": "https://the-former-address.example"})
    with pytest.raises(store.ConditionFailed):
        store.commit(store.disabled(former, clock.now()))
    happens(tenant_id)
    assert len(told(schools)) == 1


def test_what_nobody_can_be_told_is_kept_for_a_month_and_is_no_dead_letter(schools: Schools) -> None:
    """A school without a receiver, and one that does not exist."""
    for tenant_id in (schools.studio.tenant_id, 1):
        happens(tenant_id)
    assert told(schools) == []
    assert {message.status for message in schools.messages()} == {outbox.Status.UNSENT}
    assert {message.attempts for message in schools.messages()} == {0}
    assert schools.dead_letters(QUEUE) == []
    month = clock.epoch(clock.now() + timedelta(days=30))
    assert {row["ttl"] - month for row in schools.rows() if row["entity"] == "outbox"} <= {-1, 0}


def test_what_a_receiver_answered_is_kept_with_the_attempt(schools: Schools) -> None:
    happens(schools.academy.tenant_id)
    schools.sink.body = b"no room"
    told(schools, 507)
    (failed,) = schools.messages()[0].history
    assert failed.answer
    assert (failed.answer.status_code, failed.answer.text) == (507, "no room")
    schools.sink.body = b"thank you"
    with time_machine.travel(clock.now() + timedelta(seconds=7), tick=True):
        told(schools)
    _, taken = schools.messages()[0].history
    assert taken.answer
    assert (taken.error, taken.answer.status_code, taken.answer.text) == (None, 200, "thank you")


def test_of_two_secrets_the_newest_that_holds_signs(schools: Schools) -> None:
    """While one replaces the other; and one that has ended signs nothing."""
    tenant_id, now = schools.academy.tenant_id, clock.now()
    ended, next_one = (SigningSecret(value=f"whsec_{each * 11}", created_at=now) for each in ("AAAA", "BBBB"))
    ended = ended.model_copy(update={"created_at": now + timedelta(hours=1), "valid_until": now})
    secrets = (ended, *integration(tenant_id).secrets, next_one)
    kept = [each.model_dump(mode="json") for each in secrets]
    table.write(table.Update(key=keys.receiver(tenant_id), set={"secrets": kept}))
    happens(tenant_id)
    (received,) = told(schools)
    Webhook(next_one.value).verify(received.body, {k.lower(): v for k, v in received.headers.items()})


def test_neither_the_secret_nor_the_address_is_ever_logged(
    schools: Schools, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26: through a delivery, a refusal, nobody who listens, and a row that cannot be read."""
    caplog.set_level("INFO")
    made = create(webhook_url="http://127.0.0.1:9/hook?token=swordfish")
    for tenant_id in (schools.academy.tenant_id, made["tenant_id"]):
        happens(tenant_id)
    told(schools, 200, 410)
    table.write(table.Update(key=keys.receiver(made["tenant_id"]), set={"url": {"token": "swordfish"}}))
    happens(made["tenant_id"])
    told(schools)
    ours = (record for record in caplog.records if record.name == "booking")
    logged = "".join(capsys.readouterr()) + "\n".join(f"{one.getMessage()} {one.__dict__}" for one in ours)
    assert "did not answer" in logged
    assert "ValidationError" in logged
    for secret in (str(schools.academy.webhook_secret), made["webhook_secret"], "swordfish"):
        assert secret.removeprefix("whsec_") not in logged
        assert secret not in json.dumps([message.model_dump(mode="json") for message in schools.messages()])
    assert str(schools.academy.webhook_secret) not in repr(integration(schools.academy.tenant_id))


def create(**changes: Any) -> dict[str, Any]:
    """One more school, which tells of its events."""
    school: dict[str, Any] = {
        "name": "Chess Club",
        "slug": "chess-club",
        "time_zone": "Asia/Tokyo",
        "immersio_org_id": "org_chess",
        "webhook_url": "http://127.0.0.1:9/hook",
        **changes,
    }
    owner = {"name": "Kei", "email": f"kei@{school['slug']}.example", "username": "kei"}
    created: dict[str, Any] = function("immersio/operators/create_tenant")({**school, "owner": owner}, Context())
    return created


def integration(tenant_id: int) -> Any:
    return store.load_receiver(tenant_id)


def receiver(schools: Schools) -> str:
    return str(integration(schools.academy.tenant_id).url)


def reversed_fields(payload: Any) -> Any:
    if isinstance(payload, dict):
        return {name: reversed_fields(payload[name]) for name in reversed(payload)}
    return deepcopy(payload)
