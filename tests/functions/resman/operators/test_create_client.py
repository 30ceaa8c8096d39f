"""By hand: an API key"""

import json

import pytest

from kernel.errors import InvalidInput
from tests.support.world import Context, World, function


def _create(**changes: object) -> dict[str, str]:
    client = {"account_id": "maple", "name": "Maple", "property_ids": ["maple-court"], **changes}
    answer: dict[str, str] = function("resman/operators/create_client")(client, Context())
    return answer


def test_the_key_opens_the_accounts_own_properties_and_no_others(world: World) -> None:
    world.api_key = _create()["api_key"]

    assert world.availability().status == 200
    assert world.availability(property_id="cedar-row").status == 404


def test_another_key_leaves_the_accounts_callback_as_it_is(world: World) -> None:
    _create()
    world.book()
    world.run_workers("resman-webhooks")

    assert world.sink.received


def test_the_key_is_stored_as_a_hash_only(world: World) -> None:
    """INV-26: stored hashed where only comparison is needed, never returned after creation."""
    key = _create()["api_key"]

    assert key not in json.dumps(world.rows())


def test_no_secret_is_ever_logged(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26: through a booking, a refusal, an outage, a bad webhook, and a crash."""
    from tests.support.world import PARTNER, SIGNING_SECRET, WEBHOOK_SECRET

    caplog.set_level("INFO")
    world.api_key = _create(callback_url="http://127.0.0.1:9/closed")["api_key"]
    world.book(headers={"Idempotency-Key": "k"})
    world.book(prospect_email="broken")
    world.signed("{}", secret="wrong")
    world.fault(status=503, times=4)
    world.book(prospect_email="grace@example.com", preferred_time="16:00")
    world.mend()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RESMAN_SECRET")
        assert world.book(prospect_email="joan@example.com", preferred_time="11:00").status == 500
    world.run_workers()
    printed = "".join(capsys.readouterr()) + "\n".join(
        f"{record.message} {record.__dict__}" for record in caplog.records
    )

    assert "request failed" in printed, "the crash was logged"
    for secret in (world.api_key, PARTNER["api_key"], SIGNING_SECRET, WEBHOOK_SECRET):
        assert secret not in printed


def test_a_property_of_somebody_else_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="create the property first"):
        _create(property_ids=["harbor-point"])
