"""A receiver that wants no more, or has only failed for days, is told no more; its school's owners are told so."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from immersio.access.model import Role
from immersio.webhook import service, store
from kernel import clock, keys, table
from kernel.outbox import Status
from kernel.queue import OVER_THREE_DAYS
from tests.support.events_out import QUEUE, at, call, due, happens, later, now, receiver, work_on
from tests.support.lists import meanwhile
from tests.support.notices import texts
from tests.support.schools import Schools, error, result

OLGA = "olga@language-academy.example"


def fails_for_days(schools: Schools, days: float) -> None:
    """Its first failure was so long ago; then it fails again."""
    schools.sink.answers = [500]
    work_on(happens(schools.academy))
    schools.sink.answers = [500]
    with at(later(days=days)):
        work_on(happens(schools.academy))


def test_what_fails_is_tried_ten_times_in_three_days_and_then_waits_as_a_dead_letter(schools: Schools) -> None:
    """INV-28"""
    message = happens(schools.academy)
    schools.sink.answers = [500] * 99
    started, waits = clock.now(), []
    while now(message).status is Status.PENDING:
        with at(due(message)):
            before = clock.now()
            work_on(message)
            waits.append(now(message).next_attempt_at - before)
    assert len(schools.sink.received) == 10
    for wait, promised in zip(waits, OVER_THREE_DAYS, strict=False):
        assert promised <= wait <= promised * 1.2 + timedelta(seconds=1)
    assert now(message).status is Status.FAILED
    assert now(message).history[-1].at - started < timedelta(days=4)
    assert len(schools.dead_letters(QUEUE)) == 1
    assert not receiver(schools.academy).disabled_at, "not for one event"


@pytest.mark.parametrize(("days", "is_off"), [(4.99, False), (5.01, True)])
def test_a_receiver_that_only_failed_for_five_days_is_switched_off(schools: Schools, days: float, is_off: bool) -> None:
    """INV-28"""
    fails_for_days(schools, days)
    assert (receiver(schools.academy).disabled_at is not None) is is_off
    assert len(schools.messages("owner.told_no_more")) == is_off


def test_one_success_in_between_and_the_days_are_counted_anew(schools: Schools) -> None:
    schools.sink.answers = [500]
    work_on(happens(schools.academy))
    with at(later(days=4)):
        work_on(happens(schools.academy))
    assert receiver(schools.academy).failing_since is None
    schools.sink.answers = [500]
    with at(later(days=6)):
        work_on(happens(schools.academy))
    assert receiver(schools.academy).disabled_at is None


def test_a_receiver_that_works_is_not_written_to_the_table_at_every_event(schools: Schools) -> None:
    work_on(happens(schools.academy))
    before = receiver(schools.academy)
    work_on(happens(schools.academy))
    assert receiver(schools.academy) == before


def test_every_owner_is_told_once_and_what_to_do(schools: Schools) -> None:
    schools.sink.answers = [410]
    first, second = happens(schools.academy), happens(schools.academy)
    work_on(first)
    work_on(second)
    assert (now(first).status, now(second).status) == (Status.FAILED, Status.UNSENT)
    for _ in range(2):
        schools.run_workers("immersio-notices")
    (mail,) = schools.mail()
    assert (mail["To"], mail["Subject"]) == (
        OLGA,
        "Immersio is not told any more what happens at Language Academy",
    )
    for form in texts(mail):
        assert "410" in form
        assert "immersio.integration.connect" in form
        assert "immersio.webhook.replay" in form
    assert "127.0.0.1" not in str(mail), "an address may hold a token"


def test_the_letter_says_since_when_it_has_failed(schools: Schools) -> None:
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True):
        fails_for_days(schools, 6)
    with at(datetime(2026, 12, 7, 9, tzinfo=UTC)):
        schools.run_workers("immersio-notices")
    (mail,) = schools.mail()
    assert all("Since Tuesday, December 1, 2026 at 9:00 AM CET" in form for form in texts(mail))


def test_a_letter_that_was_overtaken_is_not_sent(schools: Schools) -> None:
    schools.sink.answers = [410]
    work_on(happens(schools.academy))
    store.commit(*service.receive_at(schools.academy.tenant_id, None))
    schools.run_workers("immersio-notices")
    assert schools.mail() == []


def test_who_connects_again_is_told_again_and_of_what_they_missed(schools: Schools) -> None:
    """INV-28: under the old ids."""
    schools.sink.answers = [410]
    started = clock.now()
    missed = [happens(schools.academy) for _ in range(3)]
    for message in missed:
        work_on(message)
    refused = call(schools, "replay", {"since": started})
    assert (refused.status, error(refused)["appCode"]) == (400, "IMMERSIO_NOT_CONNECTED")
    assert "connect" in refused.body
    store.commit(*service.receive_at(schools.academy.tenant_id, None))
    assert receiver(schools.academy).failing_since is None
    assert result(call(schools, "replay", {"since": started})) == {"success": True, "replayed": 3}
    schools.run_workers(QUEUE)
    ids = [received.headers["webhook-id"] for received in schools.sink.received]
    assert sorted(ids[1:]) == sorted(message.id for message in missed)
    assert {now(message).status for message in missed} == {Status.DELIVERED}


def test_who_connects_elsewhere_is_told_there_with_the_same_secret(schools: Schools) -> None:
    before = receiver(schools.academy)
    assert before.url
    store.commit(*service.receive_at(schools.academy.tenant_id, f"{before.url}-elsewhere"))
    after = receiver(schools.academy)
    assert (after.url, after.secrets) == (f"{before.url}-elsewhere", before.secrets)


def test_who_connects_for_the_first_time_has_a_secret_of_their_own(schools: Schools) -> None:
    assert service.receive_at(schools.studio.tenant_id, None) == []
    store.commit(*service.receive_at(schools.studio.tenant_id, "https://immersio.example/hook"))
    made = receiver(schools.studio)
    assert (made.url, len(made.signing_secrets(clock.now()))) == ("https://immersio.example/hook", 1)
    assert made.secrets[0].value not in {secret.value for secret in receiver(schools.academy).secrets}


def test_another_schools_receiver_goes_on(schools: Schools) -> None:
    """INV-28"""
    fails_for_days(schools, 6)
    assert receiver(schools.academy).disabled_at
    studio = schools.studio.tenant_id
    store.commit(*service.receive_at(studio, receiver(schools.academy).url))
    message = happens(studio)
    work_on(message)
    assert now(message).status is Status.DELIVERED


def test_an_address_that_is_no_public_one_any_more_counts_as_failing(
    schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-29: it was public when it was saved."""
    message = happens(schools.academy)
    monkeypatch.setenv("STAGE", "prod")
    work_on(message)
    assert schools.sink.received == []
    assert receiver(schools.academy).is_failing
    assert "must start with https://" in (now(message).history[0].error or "")


def test_owners_of_today_are_told_and_not_those_of_then(schools: Schools) -> None:
    schools.sink.answers = [410]
    work_on(happens(schools.academy))
    olga = keys.membership(schools.academy.tenant_id, schools.academy.users[Role.OWNER]["id"])
    table.write(table.Update(key=olga, set={"role": "ADMIN"}))
    schools.run_workers("immersio-notices")
    assert schools.mail() == []


def test_who_connects_while_an_event_finds_nobody_is_told_it(schools: Schools) -> None:
    """INV-27: it was neither told, nor was there anything yet that a replay could have sent."""
    tenant_id = schools.academy.tenant_id
    store.commit(store.disabled(receiver(schools.academy), clock.now()))
    message = happens(schools.academy)
    with meanwhile(lambda: store.commit(*service.receive_at(tenant_id, None))):
        work_on(message)
    assert now(message).status is Status.PENDING
    with at(later(minutes=3)):
        work_on(message)
    assert now(message).status is Status.DELIVERED


def test_of_two_attempts_that_switch_it_off_at_once_one_does(schools: Schools) -> None:
    """Each owner had two e-mails of it."""
    was = receiver(schools.academy)
    store.commit(store.disabled(was, clock.now()))
    with pytest.raises(store.ConditionFailed):
        store.commit(store.disabled(was, later(seconds=1)))


def test_what_a_former_address_answered_says_nothing_of_the_new_one(schools: Schools) -> None:
    was = receiver(schools.academy)
    former = was.model_copy(update={"url": "https://the-former-address.example"})
    store.note_failing(former, clock.now())
    assert not receiver(schools.academy).is_failing
    store.note_failing(was, clock.now())
    store.note_working(former)
    assert receiver(schools.academy).is_failing
