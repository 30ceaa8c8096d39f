"""immersio.webhook.listDeliveries"""

import json
from datetime import timedelta

import pytest

from immersio.access.model import Role
from kernel import clock, delivery, settings
from kernel.outbox import Status
from tests.support.events_out import QUEUE, at, call, due, happens, listed, now, work_on
from tests.support.lists import hooked
from tests.support.schools import Schools, error


def test_a_delivery_shows_each_attempt_and_what_was_answered(schools: Schools) -> None:
    message = happens(schools.academy)
    schools.sink.answers, schools.sink.body = [503], b"come back later"
    work_on(message)
    (waiting,) = listed(schools)["deliveries"]
    assert (waiting["status"], waiting["attempts"], waiting["nextAttemptAt"]) == (
        "pending",
        1,
        now(message).next_attempt_at,
    )
    assert (waiting["lastStatusCode"], waiting["lastAnswer"]) == (503, "come back later")
    assert "answered 503" in waiting["lastError"]
    schools.sink.body = b"ok"
    with at(due(message)):
        work_on(message)
    page = listed(schools)
    (delivered,) = page["deliveries"]
    assert page["totalCount"] == 1
    assert set(delivered) == {
        "webhookId",
        "event",
        "status",
        "attempts",
        "nextAttemptAt",
        "lastStatusCode",
        "lastError",
        "createdAt",
        "lastDurationMs",
        "lastAnswer",
        "history",
    }
    assert (delivered["webhookId"], delivered["event"]) == (message.id, "WORKSHOP_CREATED")
    assert delivered["webhookId"] == schools.sink.received[0].headers["webhook-id"]
    assert (delivered["status"], delivered["attempts"], delivered["nextAttemptAt"]) == ("delivered", 2, None)
    assert (delivered["lastStatusCode"], delivered["lastError"], delivered["lastAnswer"]) == (200, None, "ok")
    assert delivered["createdAt"] == message.created_at
    assert delivered["lastDurationMs"] >= 0
    assert [attempt["statusCode"] for attempt in delivered["history"]] == [503, 200]


def test_each_status_has_a_list_of_its_own_and_all_are_listed_together_the_newest_first(schools: Schools) -> None:
    messages = {}
    for number, status in enumerate(Status):
        with at(clock.now() + timedelta(minutes=number)):
            messages[status] = happens(schools.academy)
    delivery.mark_delivered(messages[Status.DELIVERED])
    delivery.mark_exhausted(messages[Status.FAILED], "no", settings.dead_letter_queue_url(QUEUE))
    delivery.mark_unsent(messages[Status.UNSENT])
    for status, message in messages.items():
        page = listed(schools, status=status.value)
        assert [one["webhookId"] for one in page["deliveries"]] == [message.id]
        assert page["totalCount"] == 1
    in_order = [message.id for message in reversed(messages.values())]
    assert [one["webhookId"] for one in listed(schools)["deliveries"]] == in_order
    pages = [listed(schools, page=page, limit=3) for page in (1, 2, 3)]
    assert [[one["webhookId"] for one in page["deliveries"]] for page in pages] == [in_order[:3], in_order[3:], []]
    assert {page["totalCount"] for page in pages} == {4}


def test_a_school_sees_its_own_only_and_no_message_that_is_no_event(schools: Schools) -> None:
    """INV-23"""
    happens(schools.studio)
    schools.call("immersio.tenant.inviteTeacher", schools.academy.cookie(Role.OWNER), sent={"email": "new@example.com"})
    assert schools.messages()
    assert listed(schools) == {"deliveries": [], "totalCount": 0}


@pytest.mark.parametrize("sent", [{"status": "lost"}, {"page": 0}, {"limit": 101}, {"limit": 0}])
def test_what_makes_no_sense_is_refused(schools: Schools, sent: dict[str, object]) -> None:
    reply = call(schools, "listDeliveries", sent)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")


def test_a_page_far_behind_the_last_is_empty(schools: Schools) -> None:
    """DynamoDB refuses a limit of more than 32 bits, and the school got a 500."""
    happens(schools.academy)
    limits: list[int] = []

    with hooked("provide-client-params.dynamodb.Query", lambda params, **_: limits.append(params.get("Limit", 1))):
        assert listed(schools, page=10**12)["deliveries"] == []
    assert max(limits) < 2**31


def test_neither_the_address_nor_the_secret_is_in_it(schools: Schools) -> None:
    """INV-26"""
    schools.sink.answers = [500]
    work_on(happens(schools.academy))
    body = json.dumps(listed(schools), default=str)
    assert "/immersio" not in body
    assert str(schools.academy.webhook_secret) not in body


def test_a_teacher_may_not(schools: Schools) -> None:
    """INV-24"""
    assert call(schools, "listDeliveries", role=Role.MEMBER).status == 403
