"""immersio.landing.updateSettings"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from immersio.access.model import Role
from kernel import clock
from tests.support.assets import uploaded
from tests.support.landing import settings, update
from tests.support.lists import hooked
from tests.support.pictures import picture
from tests.support.schools import Schools, error, gone, result

WHOLE: dict[str, Any] = {
    "templateId": "kids_2",
    "primaryColor": "#12ab9F",
    "secondaryColor": "#000000",
    "logoUrl": "https://cdn.example.com/new.png",
    "heroImageUrl": "https://cdn.example.com/hero.webp",
    "pageTitle": "Learn Languages Online",
    "pageSubtitle": "With those who speak them.\nEvery evening.",
    "teacherBio": "Jane has taught for twelve years. 日本語も。",
    "teacherAvatarUrl": "https://cdn.example.com/jane.jpg",
    "socialLinks": {"instagram": "https://instagram.com/academy", "tiktok": "https://tiktok.com/@academy"},
    "ctaText": "Book Now",
    "metaTitle": "Language Academy",
    "metaDescription": "Live language classes in small groups.",
}
MAY_BE_NULL = (
    "secondaryColor",
    "logoUrl",
    "heroImageUrl",
    "pageSubtitle",
    "teacherBio",
    "teacherAvatarUrl",
    "metaTitle",
    "metaDescription",
)


def test_everything_can_be_changed_at_once(schools: Schools) -> None:
    told = result(update(schools, **WHOLE))
    now = settings(schools)
    assert told == {"success": True, "updatedAt": now["updatedAt"]}
    assert {name: now[name] for name in WHOLE} == WHOLE


def test_the_logo_is_the_schools_own(schools: Schools) -> None:
    update(schools, logoUrl=WHOLE["logoUrl"])
    school = result(schools.call("immersio.tenant.get", schools.academy.cookie(Role.OWNER), sent={}))
    assert school["logoUrl"] == WHOLE["logoUrl"]
    assert school["name"] == "Language Academy"


@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=st.sets(st.sampled_from(sorted(WHOLE))), cleared=st.sets(st.sampled_from(MAY_BE_NULL)))
def test_what_is_left_out_stays_and_null_takes_away(schools: Schools, given: set[str], cleared: set[str]) -> None:
    """Of any fields."""
    before = settings(schools)
    sent: dict[str, Any] = {name: None if name in cleared else WHOLE[name] for name in given}
    assert update(schools, **sent).status == 200
    now = settings(schools)
    assert {**now, "updatedAt": None} == {**before, **sent, "updatedAt": None}


def test_social_links_are_replaced_as_a_whole(schools: Schools) -> None:
    update(schools, socialLinks=WHOLE["socialLinks"])
    update(schools, socialLinks={"youtube": "https://youtube.com/@academy"})
    assert settings(schools)["socialLinks"] == {"youtube": "https://youtube.com/@academy"}
    update(schools, socialLinks={})
    assert settings(schools)["socialLinks"] == {}


@pytest.mark.parametrize("field", ["pageSubtitle", "teacherBio", "metaTitle", "metaDescription"])
@pytest.mark.parametrize("emptied", ["", " \t"])
def test_a_field_that_was_emptied_is_cleared(schools: Schools, field: str, emptied: str) -> None:
    """As forms send it, and the schema takes it."""
    update(schools, **WHOLE)
    cleared: dict[str, Any] = {field: emptied}
    assert update(schools, **cleared).status == 200
    assert settings(schools)[field] is None


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("templateId", "casino", "education"),
        ("primaryColor", "blue", "#0066FF"),
        ("primaryColor", "#0066F", "#0066FF"),
        ("primaryColor", "#0066FF\n", "#0066FF"),
        ("primaryColor", None, "must be"),
        ("secondaryColor", "#GG0000", "#0066FF"),
        ("logoUrl", "logo.png", "must be a web address"),
        ("heroImageUrl", "javascript:alert(1)", "must be a web address"),
        ("teacherAvatarUrl", "data:image/png;base64,AAAA", "must be a web address"),
        ("pageTitle", "x" * 101, "100"),
        ("pageTitle", " ", "at least 1"),
        ("pageTitle", None, "must be"),
        ("pageTitle", "two\nlines", "one line"),
        ("pageSubtitle", "x" * 301, "300"),
        ("teacherBio", "x" * 1001, "1000"),
        ("ctaText", "x" * 51, "50"),
        ("ctaText", None, "must be"),
        ("metaTitle", "x" * 61, "60"),
        ("metaDescription", "x" * 161, "160"),
        ("socialLinks", {"facebook": "facebook.com/academy"}, "must be a web address"),
        ("socialLinks", {"facebook": None}, "must be"),
        ("socialLinks", None, "must be"),
    ],
)
def test_each_rule_is_told_by_its_name_and_nothing_is_written(
    schools: Schools, field: str, value: Any, rule: str
) -> None:
    before = schools.rows()
    reply = update(schools, **{field: value})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    (detail,) = error(reply)["details"]
    assert detail["field"].split(".")[0] == field
    assert rule in detail["message"]
    assert schools.rows() == before


def test_one_wrong_field_keeps_the_right_ones_from_being_written(schools: Schools) -> None:
    before = settings(schools)
    assert update(schools, **{**WHOLE, "metaTitle": "x" * 61}).status == 400
    assert settings(schools) == before


@pytest.mark.parametrize("role", [Role.MEMBER, Role.STUDENT])
def test_a_teacher_may_not(schools: Schools, role: Role) -> None:
    """INV-24"""
    before = schools.rows()
    assert update(schools, role=role, **WHOLE).status == 403
    assert schools.rows() == before


def test_when_it_was_changed_is_told(schools: Schools) -> None:
    later = clock.now() + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        assert result(update(schools, ctaText="Now"))["updatedAt"] == settings(schools)["updatedAt"] == clock.now()


def test_two_who_change_it_at_once_both_have_their_way(schools: Schools) -> None:
    """The one that is late looks again, and leaves what the other has changed."""
    done: list[int] = []

    def another(**_: Any) -> None:
        if not done:
            done.append(1)
            assert update(schools, pageTitle="Theirs").status == 200

    with hooked("before-call.dynamodb.TransactWriteItems", another):
        assert update(schools, ctaText="Ours").status == 200
    now = settings(schools)
    assert (now["pageTitle"], now["ctaText"]) == ("Theirs", "Ours")


@pytest.mark.parametrize("field", ["logoUrl", "heroImageUrl", "teacherAvatarUrl"])
def test_an_image_of_another_school_is_as_one_that_is_nobodys(schools: Schools, field: str) -> None:
    """INV-23: whether it is there is not told, nor does it stay there because somebody else shows it."""
    before = settings(schools)
    of_studio = uploaded(schools, picture(), school=schools.studio)
    nobodys = of_studio[:-4] + "0000"
    host, own = "https://assets.example.net", schools.academy.tenant_id
    spelled = [
        of_studio.replace("https://assets", "HTTP://ASSETS"),
        f"{of_studio}?v=2",
        of_studio.replace(host, f"{host}:443"),
        of_studio.replace(host, f"{host}."),
        of_studio.replace("https://", "https://me@"),
        of_studio.replace("net/assets", "net\\assets"),
        of_studio.replace("/assets/", f"/assets/{own}/../"),
        of_studio.replace("/assets/", f"/assets/{own}/%2e%2E/"),
        f"{host}/assets/{own}/%61sset_{of_studio[-32:]}",
    ]
    for url in (of_studio, nobodys, *spelled):
        named: dict[str, Any] = {field: url}
        assert error(update(schools, **named))["details"] == [
            {"field": field, "message": "is no image of your school, or none any more; upload it again"}
        ]
    assert settings(schools) == before
    ours: dict[str, Any] = {field: uploaded(schools, picture())}
    assert update(schools, **ours).status == 200
    assert settings(schools)[field] == ours[field]


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = update(schools, pageTitle="Late")
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
