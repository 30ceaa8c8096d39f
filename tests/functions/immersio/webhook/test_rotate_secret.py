"""immersio.webhook.rotateSecret"""

from datetime import timedelta

from standardwebhooks import Webhook

from immersio.access.model import Role
from immersio.webhook import store
from kernel import clock, ids, table
from tests.support.events_out import QUEUE, at, call, happens, later, receiver
from tests.support.mortal import Life, living
from tests.support.schools import Schools, error, result


def verifies(schools: Schools, secret: str) -> bool:
    """Whether the last that was told is signed with it."""
    received = schools.sink.received[-1]
    try:
        Webhook(secret).verify(received.body, {name.lower(): value for name, value in received.headers.items()})
    except Exception:  # noqa: BLE001 - whatever it says
        return False
    return True


def tell(schools: Schools) -> None:
    happens(schools.academy)
    schools.run_workers(QUEUE)


def test_for_a_day_everything_is_signed_with_both(schools: Schools) -> None:
    first = str(schools.academy.webhook_secret)
    rotated = result(call(schools, "rotateSecret"))
    second = rotated["secret"]
    assert abs(rotated["previousValidUntil"] - later(hours=24)) < timedelta(minutes=5)
    tell(schools)
    assert [verifies(schools, secret) for secret in (first, second)] == [True, True]
    assert "X-Webhook-Signature-Previous" in schools.sink.received[-1].headers
    with at(later(hours=24, minutes=1)):
        tell(schools)
        assert [verifies(schools, secret) for secret in (first, second)] == [False, True]
    assert "X-Webhook-Signature-Previous" not in schools.sink.received[-1].headers


def test_of_three_the_newest_two_hold(schools: Schools) -> None:
    first = str(schools.academy.webhook_secret)
    second, third = (result(call(schools, "rotateSecret"))["secret"] for _ in range(2))
    tell(schools)
    assert [verifies(schools, secret) for secret in (first, second, third)] == [False, True, True]


def test_a_school_that_had_none_has_its_first_and_no_receiver_by_that(schools: Schools) -> None:
    cookie = schools.studio.cookie(Role.OWNER)
    first = result(schools.call("immersio.webhook.rotateSecret", cookie, sent={}))
    assert first["previousValidUntil"] is None
    assert first["secret"].startswith("whsec_")
    made = receiver(schools.studio)
    assert (made.url, made.signing_secret(clock.now())) == (None, first["secret"])


def test_of_two_who_rotate_at_once_one_is_refused(schools: Schools) -> None:
    """Two new ones would drop the one that the receiver uses."""

    def somebody_else() -> None:
        before = receiver(schools.academy)
        table.write(store.changed_secrets(before, before.with_new_secret(ids.new_signing_secret(), clock.now())))

    statuses = []
    for ends_before in range(12):
        before = receiver(schools.academy).secrets[0]
        life = Life(ends_before, somebody_else)
        with living(life):
            reply = call(schools, "rotateSecret")
        statuses.append(reply.status)
        assert reply.status == 200 or error(reply)["appCode"] == "CONFLICT"
        assert reply.status == 200 or before.value in receiver(schools.academy).signing_secrets(clock.now())
    assert set(statuses) == {200, 409}


def test_no_answer_shows_a_secret_again(schools: Schools) -> None:
    """INV-26"""
    secret = result(call(schools, "rotateSecret"))["secret"]
    tell(schools)
    for name in ("listDeliveries", "rotateSecret"):
        assert secret not in call(schools, name).body
    assert secret not in schools.call("immersio.tenant.get", schools.academy.cookie(Role.OWNER)).body


def test_a_teacher_may_not(schools: Schools) -> None:
    """INV-24"""
    assert call(schools, "rotateSecret", role=Role.MEMBER).status == 403
