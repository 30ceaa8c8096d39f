"""`Idempotency-Key`: one request, one answer."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import clock, idempotency, ids, table
from kernel.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from kernel.idempotency import Claim

TENANT, ROUTE, BODY = "account maple", "POST /rugs", b'{"rug": "GARISH-RUG"}'
SECOND = timedelta(seconds=1)


def _answer(status: int = 201, body: str = '{"rug": 1}') -> dict[str, Any]:
    return {"statusCode": status, "headers": {"x": "y"}, "body": body, "isBase64Encoded": False}


def _claim(key: str = "key-1", body: bytes = BODY) -> Claim:
    claimed = idempotency.claim(TENANT, ROUTE, key, body)
    assert isinstance(claimed, Claim)
    return claimed


@given(body=st.text(max_size=50), status=st.sampled_from([200, 201, 202, 400, 404, 409]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_answer_comes_back_byte_for_byte(aws: None, body: str, status: int) -> None:
    """INV-10"""
    key = ids.new("key")
    idempotency.remember(_claim(key), _answer(status, body))
    assert idempotency.claim(TENANT, ROUTE, key, BODY) == _answer(status, body)


def test_while_the_first_request_runs_the_second_waits(aws: None) -> None:
    """INV-10"""
    _claim()
    with pytest.raises(IdempotencyKeyInUse) as waiting:
        idempotency.claim(TENANT, ROUTE, "key-1", BODY)
    assert waiting.value.retry_after_seconds


@pytest.mark.parametrize("is_answered", [True, False])
def test_another_body_is_refused_whether_the_first_is_answered_or_not(aws: None, is_answered: bool) -> None:
    """INV-10"""
    claimed = _claim()
    if is_answered:
        idempotency.remember(claimed, _answer())
    with pytest.raises(IdempotencyKeyReused):
        idempotency.claim(TENANT, ROUTE, "key-1", BODY + b" ")


def test_the_claim_of_a_request_that_died_ends_and_the_next_one_runs(aws: None) -> None:
    """INV-10: decided when it is read; DynamoDB's TTL may be two days late."""
    _claim()
    with time_machine.travel(clock.now() + idempotency.CLAIM - SECOND, tick=False), pytest.raises(IdempotencyKeyInUse):
        _claim()
    with time_machine.travel(clock.now() + idempotency.CLAIM + SECOND, tick=False):
        idempotency.remember(_claim(), _answer(201, "the second"))
        assert idempotency.claim(TENANT, ROUTE, "key-1", BODY) == _answer(201, "the second")


def test_of_those_who_find_a_dead_claim_one_takes_it_over(aws: None) -> None:
    _claim()
    with time_machine.travel(clock.now() + idempotency.CLAIM + SECOND, tick=False):
        _claim()
        with pytest.raises(IdempotencyKeyInUse):
            _claim()


def test_a_claim_outlives_any_request() -> None:
    """API Gateway ends a request after 30 seconds; a claim that ended earlier would let it run twice."""
    assert timedelta(seconds=30) < idempotency.CLAIM


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_a_repeat_may_cure_is_not_remembered(aws: None, status: int) -> None:
    """INV-10"""
    idempotency.remember(_claim(), _answer(status))
    _claim()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_after_a_failure_the_key_still_belongs_to_its_body(aws: None, status: int) -> None:
    """INV-10"""
    idempotency.remember(_claim(), _answer(status))
    with pytest.raises(IdempotencyKeyReused):
        _claim(body=BODY + b" ")
    _claim()


def test_the_key_of_a_request_that_died_still_belongs_to_its_body(aws: None) -> None:
    """INV-10"""
    _claim()
    with time_machine.travel(clock.now() + idempotency.CLAIM + SECOND, tick=False):
        with pytest.raises(IdempotencyKeyReused):
            _claim(body=BODY + b" ")
        _claim()


@pytest.mark.parametrize("status", [201, 503])
def test_after_a_day_a_key_is_new_whatever_the_body(aws: None, status: int) -> None:
    """INV-10: decided when it is read; DynamoDB's TTL may be two days late."""
    idempotency.remember(_claim(), _answer(status))
    with time_machine.travel(clock.now() + idempotency.REMEMBERED + SECOND, tick=False):
        _claim(body=BODY + b" ")


def test_an_answer_is_kept_for_a_day(aws: None) -> None:
    claimed = _claim()
    idempotency.remember(claimed, _answer())
    row = table.get(claimed.key)
    assert row
    assert row["ttl"] >= clock.epoch(clock.now() + timedelta(hours=23))
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
        assert idempotency.claim(TENANT, ROUTE, "key-1", BODY) == _answer()
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        _claim()


def test_a_key_belongs_to_one_tenant_and_one_route(aws: None) -> None:
    """INV-10"""
    _claim()
    assert isinstance(idempotency.claim("account harbor", ROUTE, "key-1", BODY), Claim)
    assert isinstance(idempotency.claim(TENANT, "POST /lamps", "key-1", BODY), Claim)


def test_neither_the_body_nor_what_is_in_it_is_stored(aws: None) -> None:
    """INV-26"""
    row = table.get(_claim().key)
    assert "GARISH-RUG" not in str(row)
