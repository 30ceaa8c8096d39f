"""What `immersio.landing.uploadAsset` takes and gives. Its `file` is one of four things:

base64, or a data: URL     the image itself, in JSON
a file                     the same, in a form (`multipart/form-data`)
{size, type}               of a larger one: where to upload it to is answered
{assetId}                  it has been uploaded there; now it is looked at, and published
"""

import base64
import binascii
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from immersio.asset.addresses import ASSET_ID
from immersio.asset.model import LARGEST_SENT, LARGEST_UPLOADED
from kernel.trpc_fields import ABSENT, Input, JsDate, Output

LARGEST_INPUT = 6 * 1024**2
"""All that Lambda takes: a file that is a little too large shall be told what to do about it."""
LARGER_ONES = (
    "for a larger one send {size, type} as the file, upload it to where the answer says, "
    "and then send {assetId} as the file"
)
MediaType = Literal["image/png", "image/jpeg", "image/webp", "image/gif"]
MEDIA_TYPES: tuple[MediaType, ...] = ("image/png", "image/jpeg", "image/webp", "image/gif")
DATA_URL = re.compile(r"data:[^,]*?(;base64)?,", re.IGNORECASE)


class AnnouncedFile(Input):
    size: int
    """Bytes."""
    type: MediaType


class UploadedFile(Input):
    asset_id: str
    """As it was answered when the file was announced."""


Content = Annotated[
    bytes, WithJsonSchema({"type": "string", "description": "The image as base64, or as a data: URL with it."})
]


def _file(value: Any) -> bytes | AnnouncedFile | UploadedFile:
    match value:
        case bytes():
            return _small_enough(value)
        case str():
            return _small_enough(_decoded(value))
        case {"assetId": asset_id}:
            return _uploaded(asset_id)
        case {"size": size, "type": media_type}:
            return _announced(size, media_type)
        case _:
            raise ValueError(f"must be an image as base64, as a data: URL, or as a file in a form; {LARGER_ONES}")


def _small_enough(content: bytes) -> bytes:
    if len(content) > LARGEST_SENT:
        raise ValueError(f"has {len(content)} bytes; {LARGEST_SENT} are the most that a call carries; {LARGER_ONES}")
    return content


def _decoded(text: str) -> bytes:
    """What a data: URL says of its type is not looked at; the bytes themselves say it."""
    if text[:5].lower() == "data:":
        text = _without_head(text)
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be valid base64 (or a data: URL with it): A–Z, a–z, 0–9, + and /, padded by =") from None


def _without_head(text: str) -> str:
    head = DATA_URL.match(text[:200])
    if head is None or not head[1]:
        raise ValueError("must be a data: URL in base64, such as data:image/png;base64,iVBORw0KGgo…")
    return text[head.end() :]


def _uploaded(asset_id: Any) -> UploadedFile:
    if not isinstance(asset_id, str) or not ASSET_ID.fullmatch(asset_id):
        raise ValueError("assetId must be one that was answered when the file was announced")
    return UploadedFile(assetId=asset_id)


def _announced(size: Any, media_type: Any) -> AnnouncedFile:
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ValueError("size must be how many bytes the image has")
    if size > LARGEST_UPLOADED:
        raise ValueError(f"size is {size} bytes; {LARGEST_UPLOADED} are the most")
    if media_type not in MEDIA_TYPES:
        raise ValueError(f"type must be one of {', '.join(MEDIA_TYPES)}")
    return AnnouncedFile(size=size, type=media_type)


class UploadAssetInput(Input):
    asset_type: Literal["logo", "hero", "teacher_avatar"]
    file: Annotated[Content | AnnouncedFile | UploadedFile, BeforeValidator(_file), Field(repr=False)]
    """Up to 4 MB as text, or in a form (`multipart/form-data`) as a file. Of a larger one first its size and type;
    then, once it is uploaded to where the answer says, its assetId."""


class WhereToUpload(Output):
    """A form to be sent by POST with these fields, and then the file in a field `file`."""

    url: str
    fields: dict[str, str]
    expires_at: JsDate


class UploadedAsset(Output):
    success: bool
    url: str
    """Where the image is, for updateSettings; of one that is still to be uploaded, where it will be."""
    asset_id: str
    upload: WhereToUpload = ABSENT
    """Only of a file that was announced: nothing is published yet."""
