"""immersio.tenant.updateStripeCredentials"""

import json
from typing import Any

import boto3
import pytest

from immersio.access.model import Role
from immersio.payment import store, stripe_api
from kernel import settings
from local.sandboxes.stripe import ANYBODYS, LANGUAGE_ACADEMY, PLATFORM, UNFINISHED
from tests.support.schools import School, Schools, error, gone, result
from tests.support.stripe import StripeSandbox
from tests.support.world import Reply

UPDATE = "immersio.tenant.updateStripeCredentials"
KEY = "pk_test_51Oo"


@pytest.fixture
def stripe(schools: Schools) -> StripeSandbox:
    return StripeSandbox(settings.get("STRIPE_BASE_URL"))


def connect(
    schools: Schools,
    account: Any = LANGUAGE_ACADEMY,
    key: Any = KEY,
    school: School | None = None,
    role: Role = Role.OWNER,
) -> Reply:
    cookie = (school or schools.academy).cookie(role)
    return schools.call(UPDATE, cookie, sent={"stripeAccountId": account, "stripePublishableKey": key})


def is_connected(schools: Schools) -> bool:
    tenant = result(schools.call("immersio.tenant.get", schools.academy.cookie(Role.OWNER)))
    return bool(tenant["stripeConnected"])


def refusal(reply: Reply) -> str:
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    message: str = reply.json["error"]["json"]["message"]
    return message


def test_a_school_connects_its_account_and_is_connected(schools: Schools) -> None:
    assert not is_connected(schools)
    answer = result(connect(schools))
    assert answer.keys() == {"success", "credentialId"}
    assert answer["success"] is True
    assert isinstance(answer["credentialId"], int)
    assert is_connected(schools)
    kept = store.load_credentials(schools.academy.tenant_id)
    assert kept
    assert (kept.id, kept.account_id, kept.publishable_key, kept.livemode) == (
        answer["credentialId"],
        LANGUAGE_ACADEMY,
        KEY,
        False,
    )


def test_an_administrator_may_and_a_teacher_may_not(schools: Schools) -> None:
    assert connect(schools, role=Role.MEMBER).status == 403
    assert connect(schools, role=Role.ADMIN).status == 200


def test_the_same_account_again_keeps_its_number_and_takes_the_new_key(schools: Schools) -> None:
    first = result(connect(schools))
    assert result(connect(schools, key="pk_test_another")) == first
    kept = store.load_credentials(schools.academy.tenant_id)
    assert kept
    assert kept.publishable_key == "pk_test_another"


def test_an_account_that_was_left_still_leads_to_its_school(schools: Schools) -> None:
    """Refunds and disputes of the old account are told for months after a school has taken another."""
    first, second = result(connect(schools)), result(connect(schools, ANYBODYS))
    assert first["credentialId"] != second["credentialId"]
    owners = {account: store.load_owner(account) for account in (LANGUAGE_ACADEMY, ANYBODYS)}
    assert owners == {
        LANGUAGE_ACADEMY: (schools.academy.tenant_id, first["credentialId"]),
        ANYBODYS: (schools.academy.tenant_id, second["credentialId"]),
    }
    assert result(connect(schools)) == first


@pytest.mark.parametrize("left", [False, True])
def test_an_account_of_another_school_is_refused_as_one_that_does_not_exist(schools: Schools, left: bool) -> None:
    """INV-23"""
    connect(schools)
    if left:
        connect(schools, ANYBODYS)
    before = schools.rows()
    taken, unknown = (connect(schools, account, school=schools.studio) for account in (LANGUAGE_ACADEMY, "acct_nobody"))
    assert (taken.status, taken.json) == (unknown.status, unknown.json)
    assert "stripeAccountId" in refusal(taken)
    assert schools.rows() == before


def test_two_schools_that_save_one_account_at_once_do_not_both_get_it(
    schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either writes: the condition decides."""
    looked = store.load_owner

    def slowly(account_id: str) -> tuple[int, int] | None:
        seen = looked(account_id)
        monkeypatch.setattr(store, "load_owner", looked)
        assert connect(schools, school=schools.studio).status == 200
        return seen

    monkeypatch.setattr(store, "load_owner", slowly)
    assert "stripeAccountId" in refusal(connect(schools))
    owner = store.load_owner(LANGUAGE_ACADEMY)
    assert owner
    assert owner[0] == schools.studio.tenant_id
    assert not is_connected(schools)


@pytest.mark.parametrize(
    ("account", "key", "field", "rule"),
    [
        ("1234567890", KEY, "stripeAccountId", "acct_1234567890"),
        ("acct_", KEY, "stripeAccountId", "acct_1234567890"),
        ("acct_12/../34", KEY, "stripeAccountId", "acct_1234567890"),
        (f"acct_{'1' * 300}", KEY, "stripeAccountId", "255"),
        (7, KEY, "stripeAccountId", "must be text"),
        (ANYBODYS, "pk_12345", "stripePublishableKey", "pk_live_ or pk_test_"),
        (ANYBODYS, "pk_test_", "stripePublishableKey", "pk_live_ or pk_test_"),
        (ANYBODYS, "sk_test_GARISH", "stripePublishableKey", "never send a secret one"),
        (ANYBODYS, "pk_live_51Oo", "stripePublishableKey", "must start with pk_test_: here Stripe is in test mode"),
        (PLATFORM, KEY, "stripeAccountId", "is no account your school can use"),
        ("acct_nobody", KEY, "stripeAccountId", "connect it to our platform at Stripe first"),
        (UNFINISHED, KEY, "stripeAccountId", "give Stripe what it still asks for (external_account, tos_acceptance"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_change(
    schools: Schools, account: Any, key: Any, field: str, rule: str
) -> None:
    message = refusal(connect(schools, account, key))
    assert message.startswith(f"{field}: ")
    assert rule in message
    assert "GARISH" not in message
    assert not is_connected(schools)
    assert store.load_credentials(schools.academy.tenant_id) is None


def test_once_everything_is_told_to_stripe_the_account_can_be_used(schools: Schools, stripe: StripeSandbox) -> None:
    refusal(connect(schools, UNFINISHED))
    stripe.change(UNFINISHED, currently_due=[])
    assert connect(schools, UNFINISHED).status == 200


def test_in_live_mode_a_test_key_is_refused(schools: Schools) -> None:
    put_secret("sk_live_of_the_tests")
    assert "must start with pk_live_: here Stripe is in live mode" in refusal(connect(schools))


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"delaySeconds": 1.0}], ids=str)
def test_while_stripe_does_not_answer_nothing_is_changed(
    schools: Schools, stripe: StripeSandbox, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_api, "ANSWER_SECONDS", 0.2)
    before = schools.rows()
    stripe.fail(path="/v1/accounts/", times=stripe_api.RETRIES + 1, **fault)
    reply = connect(schools)
    assert (reply.status, error(reply)["appCode"]) == (503, "STRIPE_UNAVAILABLE")
    assert schools.rows() == before


def test_one_answer_that_is_lost_is_asked_for_again(schools: Schools, stripe: StripeSandbox) -> None:
    stripe.fail(path="/v1/accounts/", status=502)
    assert connect(schools).status == 200


@pytest.mark.parametrize("key", ["set-me", "sk_test_GARISH-RUG-of-nobody"])
def test_a_key_of_ours_that_stripe_does_not_know_is_for_operators_to_mend(
    schools: Schools, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26: neither the caller nor the log learns anything of the key."""
    put_secret(key)
    reply = connect(schools)
    assert (reply.status, error(reply)["appCode"]) == (503, "STRIPE_UNAVAILABLE")
    assert "GARISH" not in reply.body + caplog.text


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    assert error(connect(schools))["appCode"] == "TENANT_NOT_FOUND"


def put_secret(key: str) -> None:
    content = json.dumps({"secret_key": key, "webhook_secret": "whsec_of_the_tests"})
    boto3.client("secretsmanager").put_secret_value(SecretId="stripe", SecretString=content)
    settings._secrets_provider.cache_clear()
