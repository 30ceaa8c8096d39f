"""A school's images, uploaded through their procedure, and the bucket that they lie in."""

import base64
from dataclasses import dataclass
from typing import Any

from immersio.access.model import Role
from immersio.asset import store
from kernel import settings
from tests.support import landing
from tests.support.schools import School, Schools, result
from tests.support.world import Reply


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


def put_as_a_browser_would(form: dict[str, Any], content: bytes) -> None:
    """Where moto does not look at forms: the file of one that was filled in as it says."""
    store.client().put_object(Bucket=settings.get("ASSETS_BUCKET"), Key=form["fields"]["key"], Body=content)
