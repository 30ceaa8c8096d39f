"""Forms as browsers send them (`multipart/form-data`): text in some fields, files in others."""

from io import BytesIO
from typing import TYPE_CHECKING

from kernel.errors import InvalidInput

if TYPE_CHECKING:
    from multipart import MultipartPart

MEDIA_TYPE = "multipart/form-data"
MOST_FIELDS = 20


def fields(body: bytes, content_type: str) -> dict[str, str | bytes]:
    """Each field's text, or the bytes of its file; what the sender says of a file's name and type is not looked at."""
    import multipart

    _, options = multipart.parse_options_header(content_type)
    try:
        parts = multipart.MultipartParser(
            BytesIO(body),
            options.get("boundary", ""),
            part_limit=MOST_FIELDS,
            spool_limit=len(body),  # all of it is in memory already
            memory_limit=len(body),
        ).parts()
    except (multipart.MultipartError, UnicodeDecodeError, LookupError) as error:
        raise InvalidInput(f"The form is not valid multipart/form-data: {error}") from None
    found = [(part.name, part.raw if part.filename is not None else _text(part)) for part in parts]
    names = [name for name, _ in found]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InvalidInput.field(repeated[0], "is given more than once; give it once")
    return dict(found)


def _text(part: "MultipartPart") -> str:
    try:
        return str(part.value)
    except (ValueError, LookupError):  # of what a sender may call a charset, Python's own messages are for programmers
        raise InvalidInput.field(part.name, "is no text in its charset; a file is sent with a filename") from None
