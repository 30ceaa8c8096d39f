"""How the ResMan client waits, gives up and comes back; through real HTTP."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask, Response
from pydantic import SecretStr

from kernel import clock
from kernel.errors import ResmanRejected, ResmanUnavailable
from resman import wire
from resman.client import ResmanClient
from resman.transport import Patience
from tests.support.sandboxes import CREDENTIALS, MAPLE_COURT, QUICK, ResmanSandbox, resman_sandbox, serving

ONE_TRY = replace(QUICK, attempts=1, open_seconds=60)


@pytest.fixture
def sandbox() -> Iterator[ResmanSandbox]:
    with resman_sandbox() as sandbox:
        yield sandbox


def client_at(url: str, patience: Patience = ONE_TRY, credentials: wire.Credentials = CREDENTIALS) -> ResmanClient:
    return ResmanClient(url, lambda: credentials, patience=patience)


def when_it_is_time_to_look_again() -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(seconds=ONE_TRY.open_seconds + 1), tick=True)


def fails(resman: ResmanClient) -> ResmanUnavailable:
    with pytest.raises(ResmanUnavailable) as caught:
        resman.fetch_availability(MAPLE_COURT)
    return caught.value


def test_five_operations_without_an_answer_open_the_circuit_and_one_with_an_answer_closes_it(
    sandbox: ResmanSandbox,
) -> None:
    resman = client_at(sandbox.url)
    sandbox.fail(status=500, times=100)
    for _ in range(5):
        fails(resman)
    assert sandbox.pending_faults == 95

    left_alone = fails(resman)
    assert "left alone" in left_alone.message
    assert 0 < (left_alone.retry_after_seconds or 0) <= 60
    assert sandbox.pending_faults == 95

    sandbox.recover()
    with when_it_is_time_to_look_again():
        assert len(resman.fetch_availability(MAPLE_COURT).employees) == 2
        sandbox.fail(status=500, times=1)
        fails(resman)
        resman.fetch_availability(MAPLE_COURT)


def test_a_circuit_that_was_tried_in_vain_stays_open(sandbox: ResmanSandbox) -> None:
    resman = client_at(sandbox.url)
    sandbox.fail(status=500, times=6)
    for _ in range(5):
        fails(resman)
    with when_it_is_time_to_look_again():
        assert "HTTP 500" in fails(resman).message
        assert "left alone" in fails(resman).message


def test_a_business_refusal_never_opens_the_circuit(sandbox: ResmanSandbox) -> None:
    resman = client_at(sandbox.url)
    elsewhere = MAPLE_COURT.model_copy(update={"resman_property_id": "nowhere"})
    for _ in range(QUICK.failures_to_open + 1):
        with pytest.raises(ResmanRejected, match="Property could not be found"):
            resman.fetch_availability(elsewhere)


def test_a_slow_answer_holds_up_no_other_thread() -> None:
    """The server answers nobody until all four have asked."""
    everybody = threading.Barrier(4)
    app = Flask(__name__)

    @app.post("/<area>/<method>")
    def answer(area: str, method: str) -> str:
        if method == "GetEmployees":
            everybody.wait(timeout=60)
        return '{"Status": "Success"}'

    with serving(app) as url, ThreadPoolExecutor(4) as pool:
        resman = client_at(url, replace(ONE_TRY, read_seconds=60, total_seconds=60))
        schedules = list(pool.map(lambda _: resman.fetch_availability(MAPLE_COURT), range(4)))
    assert [schedule.employees for schedule in schedules] == [()] * 4


def test_a_wrong_key_is_an_operators_task_and_is_neither_told_nor_logged(
    sandbox: ResmanSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26"""
    wrong = CREDENTIALS.model_copy(update={"api_key": SecretStr("STALE-KEY-77")})
    resman = client_at(sandbox.url, credentials=wrong)
    with caplog.at_level(logging.DEBUG):
        *_, error = [fails(resman) for _ in range(QUICK.failures_to_open + 1)]
    assert "RESMAN_SECRET" in error.message
    assert "refuses our credentials" in caplog.text
    assert "STALE-KEY-77" not in caplog.text + repr(error) + repr(error.__cause__) + repr(wrong)


def test_a_key_that_resman_repeats_in_its_reason_is_not_passed_on() -> None:
    """INV-26"""
    parrot = '{"Status": "Error", "ErrorDescription": "no such thing for GARISH-RUG-KEY"}'
    with resman_that_says(parrot) as url, pytest.raises(ResmanRejected, match=r"for \[hidden\]"):
        client_at(url).fetch_availability(MAPLE_COURT)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("<html><body>Down for maintenance</body></html>", 200),
        ("<html><body><br>Not even XML</body></html>", 200),
        ("", 200),
        ('{"Status": "Success", "Emplo', 200),
        ("[]", 200),
        ('{"Employees": []}', 200),
        ("moved", 302),
        ("who are you?", 403),
        ("no such page", 404),
        ("slow down", 429),
        ("gateway time-out", 504),
        ("upstream: buffer overflow", 502),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><ResMan><Status>&a;</Status></ResMan>', 200),
    ],
)
def test_whatever_is_not_resmans_own_answer_is_unavailability(page: str, status: int) -> None:
    with resman_that_says(page, status) as url:
        fails(client_at(url))


def test_nobody_listening_is_unavailability() -> None:
    with resman_that_says("") as url:
        pass
    fails(client_at(url))


def test_resmans_wish_to_be_asked_later_is_passed_on_and_kept() -> None:
    asked: list[str] = []
    with resman_that_says("", 429, {"Retry-After": "60"}, asked) as url:
        error = fails(client_at(url, QUICK))
    assert error.retry_after_seconds == 60
    assert len(asked) == 1


def resman_that_says(
    page: str, status: int = 200, headers: dict[str, str] | None = None, asked: list[str] | None = None
) -> AbstractContextManager[str]:
    """A server with one answer to everything."""
    app = Flask(__name__)

    @app.post("/<area>/<method>")
    def answer(area: str, method: str) -> Response:
        if asked is not None:
            asked.append(method)
        return Response(page, status, headers)

    return serving(app)
