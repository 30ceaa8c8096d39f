"""A school's images, uploaded through their procedure, and the bucket that they lie in."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from requests import Request

from immersio.access.model import Role
from immersio.asset import store
from kernel import settings
from tests.support import landing
from tests.support.schools import School, Schools, result
from tests.support.workers import Context, function
from tests.support.world import Reply

PATH = "/api/trpc/immersio.landing.uploadAsset"


@dataclass(frozen=True)
class Stored:
    media_type: str
    cache_control: str
    content: bytes


def upload(
    schools: Schools, file: Any, kind: str = "hero", *, school: School | None = None, role: Role = Role.OWNER
) -> Reply:
    """`file` as it goes over the wire; bytes are sent as base64."""
    sent = base64.b64encode(file).decode() if isinstance(file, bytes) else file
    return landing.ask(schools, "uploadAsset", {"assetType": kind, "file": sent}, school, role)


def uploaded(schools: Schools, file: Any, kind: str = "hero", *, school: School | None = None) -> str:
    """The address of the image."""
    return str(result(upload(schools, file, kind, school=school))["url"])


def objects() -> dict[str, Stored]:
    """All that is in the bucket."""
    bucket = settings.get("ASSETS_BUCKET")
    listed = store.client().list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"]: stored(each["Key"]) for each in listed}


def stored(key: str) -> Stored:
    found = store.client().get_object(Bucket=settings.get("ASSETS_BUCKET"), Key=key)
    return Stored(found["ContentType"], found.get("CacheControl", ""), found["Body"].read())


def at(url: str) -> Stored:
    """What is published there."""
    return stored(url.removeprefix(f"{settings.get('ASSETS_URL')}/"))


def put_uploaded(tenant_id: int, asset_id: str, content: bytes) -> None:
    """What a signed form does, and moto does not: the file lies in the bucket, and nobody has looked at it."""
    key = f"uploads/{tenant_id}/{asset_id}"
    store.client().put_object(Bucket=settings.get("ASSETS_BUCKET"), Key=key, Body=content)


def send_form(
    schools: Schools,
    file: bytes,
    *,
    by: str = "immersio/landing/upload_asset",
    query: str = "",
    headers: Mapping[str, str] = MappingProxyType({}),
    body: bytes | None = None,
    **fields: str,
) -> Reply:
    """A form as a browser sends it and API Gateway hands it on."""
    form = Request("POST", "https://api.example", data=fields, files={"file": ("image", file)}).prepare()
    assert isinstance(form.body, bytes)
    event = {
        "version": "2.0",
        "rawPath": PATH,
        "rawQueryString": query,
        "headers": {"content-type": form.headers["content-type"], "host": "api.example", **headers},
        "cookies": [schools.academy.cookie(Role.OWNER)],
        "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}, "requestId": "form-of-the-test"},
        "body": base64.b64encode(form.body if body is None else body).decode(),
        "isBase64Encoded": True,
    }
    answer = function(by)(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])
