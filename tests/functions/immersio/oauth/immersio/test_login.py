"""GET /api/v1/oauth/immersio/login"""

from urllib.parse import parse_qs, urlsplit

import pytest

from kernel import keys, table
from tests.support.immersio import ACADEMY, Immersio
from tests.support.schools import Schools
from tests.support.sign_on import HOME, PAGE, Answered, login, through_immersio


def asked(left: Answered) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(left.headers["location"]).query).items()}


def test_a_browser_is_sent_to_immersio_with_the_school_the_page_and_a_state(
    schools: Schools, immersio: Immersio
) -> None:
    left = login(tenantSlug="language-academy", redirectUrl=PAGE)
    assert (left.status, left.body) == (302, "")
    assert left.headers["location"].startswith(f"{immersio.url}/oauth/authorize?")
    assert asked(left) == {"org": ACADEMY, "redirect_uri": PAGE, "state": asked(left)["state"]}
    assert left.headers["cache-control"] == "no-store"


def test_immersio_sends_the_browser_back_to_that_page_with_the_same_state(schools: Schools) -> None:
    left = login(tenantSlug="language-academy", redirectUrl=PAGE)
    back = through_immersio(left)
    assert (back["page"], back["state"]) == (PAGE, asked(left)["state"])
    assert back["token"]


def test_each_login_has_a_state_and_a_secret_of_its_own(schools: Schools) -> None:
    first, second = (login(tenantSlug="language-academy") for _ in range(2))
    assert asked(first)["state"] != asked(second)["state"]
    assert first.kept != second.kept


def test_the_state_shows_nothing_of_the_secret_that_lies_in_the_cookie(schools: Schools) -> None:
    """INV-26"""
    left = login(tenantSlug="language-academy")
    (cookie,) = left.kept
    assert cookie.partition("=")[2] not in left.headers["location"]


def test_no_script_reads_the_cookie_and_no_other_site_sends_it(
    schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here,) = login(tenantSlug="language-academy").cookies
    assert here.startswith("booking-sign-on=")
    assert here.partition("; ")[2] == "Max-Age=600; Path=/; HttpOnly; SameSite=Lax"
    monkeypatch.setenv("STAGE", "prod")
    (deployed,) = login(tenantSlug="language-academy").cookies
    assert deployed.startswith("__Host-booking-sign-on=")
    assert deployed.partition("; ")[2] == "Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure"


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ({}, f"{HOME}/"),
        ({"redirectUrl": "/olga/business-english?from=mail"}, f"{HOME}/olga/business-english?from=mail"),
        ({"redirectUrl": f"{HOME}/a"}, f"{HOME}/a"),
        (
            {"redirectUrl": "HTTPS://Language-Academy.booking.immersio.com"},
            "HTTPS://Language-Academy.booking.immersio.com",
        ),
    ],
)
def test_a_page_is_the_schools_own_given_whole_or_as_a_path(schools: Schools, given: dict[str, str], page: str) -> None:
    assert asked(login(tenantSlug="language-academy", **given))["redirect_uri"] == page


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://music-studio.booking.immersio.com/",
        "https://booking.immersio.com/",
        "http://language-academy.booking.immersio.com/",
        f"{HOME}.evil.example/",
        f"{HOME}:8443/",
        f"{HOME}@evil.example/",
        "https://me@language-academy.booking.immersio.com/",
        "https://language-academy.booking.immersio.com\\@evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        " https://evil.example/",
        "javascript:alert(1)",
        "evil.example",
        "",
        "https://[::1",
        f"{HOME}/é",
        f"{HOME}/{'a' * 1000}",
    ],
)
def test_nobody_is_sent_to_a_page_that_is_not_the_schools(schools: Schools, url: str) -> None:
    """INV-24"""
    refused = login(tenantSlug="language-academy", redirectUrl=url)
    assert refused.refusal == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in refused.json["details"]] == ["redirectUrl"]
    assert (refused.cookies, "location" in refused.headers) == ([], False)


def test_an_unknown_school_is_told_so(schools: Schools) -> None:
    assert login(tenantSlug="nobody").refusal == (404, "TENANT_NOT_FOUND")


def test_a_school_without_immersio_is_told_so(schools: Schools) -> None:
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), remove=("immersio_org_id",)))
    assert login(tenantSlug="language-academy").refusal == (400, "IMMERSIO_NOT_CONNECTED")


def test_the_school_is_asked_for(schools: Schools) -> None:
    assert login().json["details"] == [{"field": "tenantSlug", "message": "is required"}]


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    assert [login(tenantSlug="nobody").status for _ in range(101)].count(429) == 1
