"""immersio.webhook.replay"""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from immersio.access.model import Role
from immersio.webhook import replaying
from kernel import clock, delivery, outbox, settings, table
from kernel.outbox import Message, Status
from tests.support.events_out import QUEUE, at, call, happen, happens, later, listed, now, work_on
from tests.support.schools import Schools, error, result


def given_up(schools: Schools) -> Message:
    message = happens(schools.academy)
    delivery.mark_exhausted(message, "no", settings.dead_letter_queue_url(QUEUE))
    return message


def unsent(schools: Schools) -> Message:
    message = happens(schools.academy)
    delivery.mark_unsent(message)
    return message


def told(schools: Schools) -> list[str]:
    return [received.headers["webhook-id"] for received in schools.sink.received]


def test_one_that_was_delivered_is_told_again_with_its_id_and_a_new_time_and_signature(schools: Schools) -> None:
    """INV-28"""
    message = happens(schools.academy)
    work_on(message)
    with at(later(hours=3)):
        assert result(call(schools, "replay", {"webhookId": message.id})) == {"success": True, "replayed": 1}
        schools.run_workers(QUEUE)
        first, second = schools.sink.received
        Webhook(str(schools.academy.webhook_secret)).verify(
            second.body, {name.lower(): value for name, value in second.headers.items()}
        )
    assert second.headers["webhook-id"] == first.headers["webhook-id"] == message.id
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 3 * 3600
    assert second.headers["webhook-signature"] != first.headers["webhook-signature"]
    assert second.body == first.body
    assert (now(message).status, len(now(message).history)) == (Status.DELIVERED, 2)


@pytest.mark.parametrize("made", [given_up, unsent])
def test_one_that_was_not_told_is(schools: Schools, made: object) -> None:
    """INV-28"""
    assert callable(made)
    message = made(schools)
    call(schools, "replay", {"webhookId": message.id})
    assert listed(schools, status="pending")["totalCount"] == 1
    schools.run_workers(QUEUE)
    assert told(schools) == [message.id]
    assert listed(schools, status="delivered")["totalCount"] == 1


def test_while_it_waits_to_be_told_again_nothing_deletes_it(schools: Schools) -> None:
    """INV-27: what was delivered, or found nobody, is kept for a while only."""
    message = unsent(schools)
    row = table.get(message.key)
    assert row
    assert "ttl" in row
    call(schools, "replay", {"webhookId": message.id})
    row = table.get(message.key)
    assert row
    assert "ttl" not in row


def test_one_that_waits_is_told_at_once(schools: Schools) -> None:
    message = happens(schools.academy)
    schools.sink.answers = [(503, {"Retry-After": "7200"})]
    work_on(message)
    assert now(message).next_attempt_at > later(hours=1)
    call(schools, "replay", {"webhookId": message.id})
    schools.run_workers(QUEUE)
    assert now(message).status is Status.DELIVERED


def test_one_that_is_just_being_told_is_left_to_who_does(schools: Schools) -> None:
    message = happens(schools.academy)
    delivery.lease(message, later(seconds=90))
    assert result(call(schools, "replay", {"webhookId": message.id}))["success"]
    assert (now(message).attempts, now(message).leased_until is not None) == (1, True)


def test_since_a_time_all_that_was_not_told_is_and_nothing_else(schools: Schools) -> None:
    """INV-28"""
    earlier = unsent(schools)
    delivered = happens(schools.academy)
    work_on(delivered)
    with at(later(hours=1)):
        since = clock.now()
        wanted = [given_up(schools), unsent(schools), given_up(schools)]
        assert result(call(schools, "replay", {"since": since})) == {"success": True, "replayed": 3}
        schools.run_workers(QUEUE)
    assert sorted(told(schools)[1:]) == sorted(message.id for message in wanted)
    assert now(earlier).status is Status.UNSENT


def test_many_are_told_step_by_step(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-28: also where several were made in the same moment."""
    monkeypatch.setattr(replaying, "AT_ONCE", 2)
    since = clock.now() - timedelta(seconds=1)
    messages = [*happen(schools.academy, 3), *happen(schools.academy, 4)]
    for message in messages:
        delivery.mark_unsent(message)
    assert result(call(schools, "replay", {"since": since}))["replayed"] == 7
    schools.run_workers(QUEUE)
    assert sorted(told(schools)) == sorted(message.id for message in messages)


def test_what_fails_again_meanwhile_is_not_told_for_ever(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "AT_ONCE", 1)
    since = clock.now() - timedelta(seconds=1)
    for _ in range(3):
        unsent(schools)
    schools.sink.answers = [410]
    call(schools, "replay", {"since": since})
    schools.run_workers(QUEUE)
    assert len(schools.sink.received) == 1, "then it was switched off"
    assert listed(schools, status="unsent")["totalCount"] == 2


def test_nothing_to_tell_is_nothing_done(schools: Schools) -> None:
    assert result(call(schools, "replay", {"since": clock.now()})) == {"success": True, "replayed": 0}
    assert schools.messages() == []


def test_without_a_receiver_it_says_what_to_do(schools: Schools) -> None:
    for sent in ({"since": clock.now()}, {"webhookId": "msg_1"}):
        reply = schools.call("immersio.webhook.replay", schools.studio.cookie(Role.OWNER), sent=sent)
        assert (reply.status, error(reply)["appCode"]) == (400, "IMMERSIO_NOT_CONNECTED")
        assert "connect Immersio" in reply.body


@pytest.mark.parametrize("sent", [{}, {"webhookId": "msg_1", "since": clock.now()}])
def test_it_is_one_or_since_a_time(schools: Schools, sent: dict[str, object]) -> None:
    reply = call(schools, "replay", sent)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert "webhookId" in reply.body


def test_what_is_no_event_of_the_school_is_not_found(schools: Schools) -> None:
    """INV-23: another school's, one that is not there, and a message that is none."""
    others, step = happens(schools.studio), replaying.owed(schools.academy.tenant_id, clock.now(), clock.now())
    table.write(outbox.put(step))
    answers = [call(schools, "replay", {"webhookId": one}) for one in (others.id, "msg_nobodys", step.id)]
    assert answers[1:] == answers[:-1]
    assert (answers[0].status, error(answers[0])["appCode"]) == (404, "NOT_FOUND")
    assert "there is no such delivery" in answers[0].body
    assert now(others).status is Status.PENDING


def test_a_teacher_may_not(schools: Schools) -> None:
    """INV-24"""
    assert call(schools, "replay", {"since": clock.now()}, role=Role.MEMBER).status == 403
