"""Images in S3: published ones under `assets/`, which anybody may read, and what was just uploaded under `uploads/`.

Nobody can list them, and their names cannot be guessed. What lies under `uploads/` is never served and is gone
after a day.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnected

from immersio.asset.addresses import PUBLISHED, key_of
from kernel import settings
from kernel.errors import TemporarilyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

UPLOADED = "uploads/"
AGAIN_LATER = {"ConditionalRequestConflict", "OperationAborted", "RequestTimeout"}
"""What S3 says of a request that came beside another one of the same object, or too slowly."""
FOR_EVER = "public, max-age=31536000, s-maxage=86400, immutable"
"""For browsers; the edge asks again after a day, so that what was deleted is soon gone there too."""


@cache
def client() -> "S3Client":
    """Signed as every region wants it, and for the bucket's own address, which no redirect leads away from."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("s3", config=config)


def publish(tenant_id: int, asset_id: str, media_type: str, content: bytes) -> None:
    """Once: what was published under an id is never replaced, for caches keep it for ever."""
    try:
        with _answering():
            client().put_object(
                Bucket=_bucket(),
                Key=key_of(tenant_id, asset_id),
                Body=content,
                ContentType=media_type,
                CacheControl=FOR_EVER,
                IfNoneMatch="*",
            )
    except ClientError as error:
        if _code(error) != "PreconditionFailed":
            raise


def where_to_upload(tenant_id: int, asset_id: str, media_type: str, size: int, seconds: int) -> dict[str, Any]:
    """`url` and `fields` of a form that takes one file of this type, of so many bytes at the most, for a while."""
    return client().generate_presigned_post(
        Bucket=_bucket(),
        Key=_uploaded(tenant_id, asset_id),
        Fields={"Content-Type": media_type},
        Conditions=[{"Content-Type": media_type}, ["content-length-range", 1, size]],
        ExpiresIn=seconds,
    )


def uploaded(tenant_id: int, asset_id: str, largest: int) -> bytes | None:
    """What was uploaded by such a form, to one byte more than the largest; None where nothing was."""
    try:
        with _answering():
            found = client().get_object(Bucket=_bucket(), Key=_uploaded(tenant_id, asset_id))
            return found["Body"].read(largest + 1)
    except ClientError as error:
        if _code(error) != "NoSuchKey":
            raise
        return None


def is_published(tenant_id: int, asset_id: str) -> bool:
    """By its name in the list: who may not read an image is told of one that is there as of one that is not."""
    with _answering():
        found = client().list_objects_v2(Bucket=_bucket(), Prefix=key_of(tenant_id, asset_id), MaxKeys=1)
    return found["KeyCount"] > 0


def schools() -> Iterator[int]:
    """All that have published images."""
    for page in _listed(PUBLISHED, delimiter="/"):
        for prefix in page.get("CommonPrefixes", []):
            yield int(prefix["Prefix"].removeprefix(PUBLISHED).rstrip("/"))


def published_before(tenant_id: int, at: datetime) -> list[str]:
    """The ids of a school's images that are older."""
    prefix = key_of(tenant_id, "")
    objects = (each for page in _listed(prefix) for each in page.get("Contents", []))
    return [each["Key"].removeprefix(prefix) for each in objects if each["LastModified"] < at]


def delete(tenant_id: int, asset_ids: Iterable[str]) -> None:
    doomed: list[ObjectIdentifierTypeDef] = [{"Key": key_of(tenant_id, asset_id)} for asset_id in asset_ids]
    answer = client().delete_objects(Bucket=_bucket(), Delete={"Objects": doomed, "Quiet": True})
    if answer.get("Errors"):
        raise RuntimeError(f"S3 did not delete {len(answer['Errors'])} of {len(doomed)}: {answer['Errors'][0]}")


@contextmanager
def _answering() -> Iterator[None]:
    """That S3 is silent, or fails itself, is nobody's mistake: the same call may succeed in a moment."""
    unavailable = TemporarilyUnavailable(
        "The store of images does not answer; try again in a moment", retry_after_seconds=5
    )
    try:
        yield
    except (HTTPClientError, NotConnected, IncompleteReadError) as silence:
        raise unavailable from silence
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500 and _code(error) not in AGAIN_LATER:
            raise
        raise unavailable from error


def _listed(prefix: str, delimiter: str = "") -> Iterator[Any]:
    yield from client().get_paginator("list_objects_v2").paginate(Bucket=_bucket(), Prefix=prefix, Delimiter=delimiter)


def _uploaded(tenant_id: int, asset_id: str) -> str:
    return f"{UPLOADED}{tenant_id}/{asset_id}"


def _bucket() -> str:
    return settings.get("ASSETS_BUCKET")


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
