"""immersio.landing.uploadAsset"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, IncompleteReadError, ReadTimeoutError
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from immersio.access.model import Role
from immersio.asset import store
from immersio.asset.model import LARGEST_SENT
from tests.support import landing
from tests.support.assets import at, objects, put_uploaded, send_form, upload, uploaded
from tests.support.aws_answers import answering, response
from tests.support.pictures import MEDIA_TYPES, bomb, of_size, opened, picture
from tests.support.schools import Schools, error, result

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PNG = base64.b64encode(picture("PNG")).decode()


@pytest.fixture
def unhurried() -> Iterator[time_machine.Traveller]:
    """Time stands still until it is moved on; then one may upload again."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("name", list(MEDIA_TYPES))
def test_an_image_is_published_as_what_its_bytes_are(schools: Schools, name: str) -> None:
    told = result(upload(schools, picture(name, size=(64, 48)), "logo"))
    assert set(told) == {"success", "url", "assetId"}
    assert told["success"] is True
    stored = at(told["url"])
    assert stored.media_type == MEDIA_TYPES[name]
    assert stored.cache_control == "public, max-age=31536000, s-maxage=86400, immutable"
    assert (opened(stored.content).format, opened(stored.content).size) == (name, (64, 48))


def test_an_address_names_the_school_and_cannot_be_guessed(schools: Schools) -> None:
    first, second = uploaded(schools, picture()), uploaded(schools, picture())
    tenant_id = schools.academy.tenant_id
    pattern = rf"https://assets\.example\.net/assets/{tenant_id}/asset_[0-9a-f]{{32}}"
    assert re.fullmatch(pattern, first)
    assert re.fullmatch(pattern, second)
    assert first != second


@pytest.mark.parametrize(
    "file",
    [
        f"data:image/png;base64,{PNG}",
        f"DATA:image/png;charset=utf-8;BASE64,{PNG}",
        f"data:image/jpeg;base64,{PNG}",
        f"data:;base64,{PNG}",
        "\n".join(re.findall(".{1,76}", PNG)),
    ],
    ids=["data URL", "its other spellings", "that says something else", "that says nothing", "base64 in lines"],
)
def test_the_bytes_alone_say_what_it_is(schools: Schools, file: str) -> None:
    assert at(uploaded(schools, file)).media_type == "image/png"


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        (b"", "is empty"),
        (b"Hello, this is a text.", "must be a PNG, JPEG, WebP or GIF image"),
        (SVG, "SVG is not taken"),
        (f"data:image/png;base64,{base64.b64encode(SVG).decode()}", "SVG is not taken"),
        (f"data:image/svg+xml;base64,{base64.b64encode(SVG).decode()}", "SVG is not taken"),
        ("data:image/svg+xml,%3Csvg%3E", "must be a data: URL in base64"),
        ("data:image/png;base64", "must be a data: URL in base64"),
        ("data:image/png;base64,%%%%", "must be valid base64"),
        (PNG[:-1], "must be valid base64"),
        ("https://example.com/logo.png", "must be valid base64"),
        (bomb(8000, 5000), "has 8000 × 5000 pixels; 25 million are the most"),
        (bomb(60_000, 60_000), "has too many pixels"),
        (picture()[:60], "may be cut off or damaged"),
        (42, "must be an image as base64"),
        (None, "must be an image as base64"),
        ([PNG], "must be an image as base64"),
        ({}, "must be an image as base64"),
    ],
)
def test_what_is_no_image_is_refused_with_its_rule(schools: Schools, file: Any, rule: str) -> None:
    reply = upload(schools, file)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    (detail,) = error(reply)["details"]
    assert detail["field"] == "file"
    assert rule in detail["message"]
    assert objects() == {}


@pytest.mark.parametrize(("sent", "field"), [({"file": PNG}, "assetType"), ({"assetType": "logo"}, "file")])
def test_both_fields_are_required(schools: Schools, sent: dict[str, Any], field: str) -> None:
    (detail,) = error(landing.ask(schools, "uploadAsset", sent, None, Role.OWNER))["details"]
    assert detail == {"field": field, "message": "is required"}


def test_the_kinds_of_images_are_those_of_the_specification(schools: Schools) -> None:
    for kind in ("logo", "hero", "teacher_avatar"):
        assert upload(schools, picture(), kind).status == 200
    (detail,) = error(upload(schools, picture(), "banner"))["details"]
    assert detail == {"field": "assetType", "message": "must be one of 'logo', 'hero' or 'teacher_avatar'"}


def test_four_megabytes_are_taken_and_not_a_byte_more(schools: Schools) -> None:
    """A photo of exactly 4 MB; of a larger one it is told how to upload it."""
    assert upload(schools, of_size(LARGEST_SENT)).status == 200
    reply = upload(schools, of_size(LARGEST_SENT + 1))
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    (detail,) = error(reply)["details"]
    assert "has 4194305 bytes; 4194304 are the most" in detail["message"]
    assert "send {size, type} as the file" in detail["message"]
    assert len(objects()) == 1


@pytest.mark.parametrize("role", [Role.MEMBER, Role.STUDENT])
def test_only_who_may_change_the_page_may_upload_for_it(schools: Schools, role: Role) -> None:
    reply = upload(schools, picture(), role=role)
    assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    assert objects() == {}


def test_to_upload_is_not_yet_to_use(schools: Schools) -> None:
    before = landing.settings(schools)
    url = uploaded(schools, picture(), "logo")
    assert landing.settings(schools) == before
    assert landing.update(schools, logoUrl=url).status == 200
    assert landing.settings(schools)["logoUrl"] == url


@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(MEDIA_TYPES)), data=st.data())
def test_any_damage_is_refused_or_not_there_any_more(
    unhurried: time_machine.Traveller, schools: Schools, name: str, data: st.DataObject
) -> None:
    """Of any byte, in any place: what is answered is an image or a rule, and never an error of ours."""
    unhurried.shift(60)
    file = bytearray(picture(name, size=(31, 17)))
    for place in data.draw(st.lists(st.integers(0, len(file) - 1), min_size=1, max_size=8)):
        file[place] = data.draw(st.integers(0, 255))
    reply = upload(schools, bytes(file[: data.draw(st.integers(1, len(file)))]))
    if reply.status == 200:
        opened(at(result(reply)["url"]).content)
    else:
        assert error(reply)["appCode"] == "VALIDATION_ERROR"


@time_machine.travel("2026-12-01T08:00:00Z", tick=False)
def test_a_school_may_upload_ten_times_a_minute(schools: Schools) -> None:
    """Specification, section 5: whoever of it uploads."""
    for role in 5 * (Role.OWNER, Role.ADMIN):
        assert upload(schools, picture(), role=role).status == 200
    for role in (Role.OWNER, Role.ADMIN):
        reply = upload(schools, picture(), role=role)
        assert (reply.status, error(reply)["appCode"]) == (429, "RATE_LIMITED")
    assert upload(schools, picture(), school=schools.studio).status == 200


def test_an_image_may_come_in_a_form(schools: Schools) -> None:
    reply = send_form(schools, picture("WEBP"), assetType="teacher_avatar")
    assert at(result(reply)["url"]).media_type == "image/webp"


def test_a_form_may_come_to_the_function_of_all_procedures(schools: Schools) -> None:
    assert send_form(schools, picture(), assetType="logo", by="procedures").status == 200


def test_a_form_carries_four_megabytes_too(schools: Schools) -> None:
    assert send_form(schools, of_size(LARGEST_SENT), assetType="hero").status == 200
    reply = send_form(schools, of_size(LARGEST_SENT + 1), assetType="hero")
    assert "send {size, type} as the file" in error(reply)["details"][0]["message"]
    assert len(objects()) == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"file": b""}, "is empty"),
        ({"file": SVG}, "SVG is not taken"),
        ({"assetType": "banner"}, "must be one of"),
        ({"body": b""}, "not valid multipart/form-data"),
        ({"body": b"--nonsense"}, "not valid multipart/form-data"),
        ({"headers": {"content-type": "multipart/form-data"}}, "not valid multipart/form-data"),
        ({"field" + str(number): "x" for number in range(30)}, "not valid multipart/form-data"),
    ],
)
def test_a_form_that_is_none_is_refused(schools: Schools, change: dict[str, Any], rule: str) -> None:
    reply = send_form(schools, **{"file": picture(), "assetType": "logo", **change})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert rule in reply.body
    assert objects() == {}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://api.example"])
def test_a_page_of_somebody_else_cannot_send_a_form_in_our_name(schools: Schools, origin: str) -> None:
    """A browser sends a form from any page without asking first, and says which page it was."""
    reply = send_form(schools, picture(), assetType="logo", headers={"origin": origin, "x-forwarded-proto": "https"})
    assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    assert objects() == {}
    ours = {"origin": "https://api.example", "x-forwarded-proto": "https"}
    assert send_form(schools, picture(), assetType="logo", headers=ours).status == 200


def test_a_form_is_one_call(schools: Schools) -> None:
    reply = send_form(schools, picture(), assetType="logo", query="batch=1")
    assert (reply.status, error(reply)["appCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_larger_file_is_announced_uploaded_and_then_looked_at(schools: Schools) -> None:
    announced = result(upload(schools, {"size": 5_000_000, "type": "image/jpeg"}))
    assert set(announced) == {"success", "url", "assetId", "upload"}
    assert announced["success"] is True
    key = announced["upload"]["fields"]["key"]
    assert key == f"uploads/{schools.academy.tenant_id}/{announced['assetId']}"
    assert objects() == {}
    put_uploaded(schools.academy.tenant_id, announced["assetId"], of_size(5_000_000))
    assert set(objects()) == {key}
    told = result(upload(schools, {"assetId": announced["assetId"]}))
    assert told == {name: announced[name] for name in ("success", "url", "assetId")}
    assert at(told["url"]).media_type == "image/jpeg"


@time_machine.travel("2026-12-01T08:00:00Z", tick=False)
def test_the_form_for_it_is_narrow_and_short_lived(schools: Schools) -> None:
    upload_to = result(upload(schools, {"size": 5_000_000, "type": "image/png"}))["upload"]
    assert upload_to["expiresAt"] == datetime(2026, 12, 1, 8, 15, tzinfo=UTC)
    policy = json.loads(base64.b64decode(upload_to["fields"]["policy"]))
    assert policy["expiration"] == "2026-12-01T08:15:00Z"
    for condition in (
        {"Content-Type": "image/png"},
        ["content-length-range", 1, 5_000_000],
        {"key": upload_to["fields"]["key"]},
    ):
        assert condition in policy["conditions"]


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ({"size": 20 * 1024**2 + 1, "type": "image/png"}, "20971520 are the most"),
        ({"size": 0, "type": "image/png"}, "size must be how many bytes"),
        ({"size": True, "type": "image/png"}, "size must be how many bytes"),
        ({"size": "5", "type": "image/png"}, "size must be how many bytes"),
        ({"size": 5, "type": "image/svg+xml"}, "type must be one of"),
        ({"size": 5, "type": ["image/png"]}, "type must be one of"),
        ({"size": 5}, "must be an image as base64"),
        ({"assetId": "../../assets/1/asset_1"}, "assetId must be one that was answered"),
        ({"assetId": 7}, "assetId must be one that was answered"),
    ],
)
def test_what_cannot_be_announced_is_refused(schools: Schools, file: dict[str, Any], rule: str) -> None:
    reply = upload(schools, file)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert rule in error(reply)["details"][0]["message"]


@pytest.mark.parametrize("content", [SVG, bomb(8000, 5000), picture()[:60], bytes(20 * 1024**2 + 1)])
def test_what_was_uploaded_is_looked_at_like_the_rest(schools: Schools, content: bytes) -> None:
    asset_id = result(upload(schools, {"size": 100, "type": "image/png"}))["assetId"]
    put_uploaded(schools.academy.tenant_id, asset_id, content)
    before = objects()
    reply = upload(schools, {"assetId": asset_id})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert objects() == before


def test_what_another_school_uploaded_is_as_what_nobody_uploaded(schools: Schools) -> None:
    """INV-23"""
    asset_id = result(upload(schools, {"size": 100, "type": "image/png"}))["assetId"]
    missing = upload(schools, {"assetId": asset_id})
    put_uploaded(schools.academy.tenant_id, asset_id, picture())
    of_another = upload(schools, {"assetId": asset_id}, school=schools.studio)
    assert (missing.status, error(missing)["appCode"]) == (404, "NOT_FOUND")
    assert of_another.body == missing.body


def test_what_is_published_is_never_replaced(schools: Schools) -> None:
    """Browsers keep it for a year."""
    asset_id = result(upload(schools, {"size": 100, "type": "image/png"}))["assetId"]
    put_uploaded(schools.academy.tenant_id, asset_id, picture(size=(10, 10)))
    first = result(upload(schools, {"assetId": asset_id}))
    put_uploaded(schools.academy.tenant_id, asset_id, picture(size=(20, 20)))
    assert result(upload(schools, {"assetId": asset_id})) == first
    assert opened(at(first["url"]).content).size == (10, 10)


def _from_s3(status: int, code: str) -> AWSResponse:
    body = f"<Error><Code>{code}</Code><Message>asked for by a test</Message></Error>"
    return response(status, body, "application/xml")


SILENCES: dict[str, AWSResponse | Exception] = {
    "no connection": EndpointConnectionError(endpoint_url="https://s3.test/"),
    "no answer": ReadTimeoutError(endpoint_url="https://s3.test/"),
    "an answer that breaks off": IncompleteReadError(actual_bytes=1, expected_bytes=2),
    "too busy": _from_s3(503, "SlowDown"),
    "its own failure": _from_s3(500, "InternalError"),
    "the same is being written": _from_s3(409, "ConditionalRequestConflict"),
}


@pytest.mark.parametrize("way", ["PutObject", "GetObject"])
@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
def test_while_the_store_of_images_does_not_answer_one_is_told_when_to_return(
    schools: Schools, monkeypatch: pytest.MonkeyPatch, way: str, silence: AWSResponse | Exception
) -> None:
    """It was down for a minute: the school read that something was wrong with us, and never tried again."""
    announced = result(upload(schools, {"size": 9, "type": "image/png"}))["assetId"]
    put_uploaded(schools.academy.tenant_id, announced, picture())
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    with answering(store.client(), way, silence):
        reply = upload(schools, {"assetId": announced})
    assert (reply.status, error(reply)["appCode"], reply.headers["retry-after"]) == (
        503,
        "TEMPORARILY_UNAVAILABLE",
        "5",
    )
    assert result(upload(schools, {"assetId": announced}))["success"] is True


def test_that_we_may_not_write_to_the_store_is_a_fault_of_ours(schools: Schools) -> None:
    with answering(store.client(), "PutObject", _from_s3(403, "AccessDenied")):
        reply = upload(schools, picture())
    assert (reply.status, error(reply)["appCode"]) == (500, "INTERNAL_ERROR")


def test_the_form_goes_to_the_buckets_own_region(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere a new bucket is answered by a redirect, which a browser does not follow with a file."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("AWS_DEFAULT_REGION", "eu-central-2")
        store.client.cache_clear()
        store.client()
    form = result(upload(schools, {"size": 100, "type": "image/png"}))["upload"]
    assert form["url"] == "https://assets.s3.eu-central-2.amazonaws.com/"
