"""Input fields that both halves take: stricter than pydantic's own, with messages that say what to send."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    HttpUrl,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from kernel import settings

Day = TypeVar("Day", bound=date)

YEARS = range(2000, 3000)
"""Later ones could not be moved to another time zone, or be counted on from, without leaving the calendar."""
LONGEST_EMAIL = 254
"""In its normalised form too: some letters are written as eighteen, and a key of the table has room for this many."""
NEITHER_LETTERS_NOR_MARKS = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of pairs, and what ends a line or a paragraph. Unseen joiners and marks of direction are
no such: Persian, Hindi and emoji are spelled with them."""
_http: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)
_WRITTEN_OUT = re.compile(r"https?://[^/\s\x00-\x1f\x7f-\x9f<>\"][^\s\x00-\x1f\x7f-\x9f<>\"]*", re.IGNORECASE)
"""What a browser would guess at or drop, such as a line break, is not: a link also stands in e-mails."""
TURNING_ROUND = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""They turn what stands beside them round too, up to the end of the line that they are shown in."""


@dataclass(frozen=True)
class Spelled:
    """Text of this pattern: schemas publish it, and who breaks it is told the rule in words."""

    pattern: str
    rule: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(self.rule)
        return text


def _email(text: str) -> str:
    import email_validator

    try:
        checked = email_validator.validate_email(
            text.strip(), check_deliverability=False, test_environment=settings.is_local()
        )
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"must be an e-mail address such as ada@example.com ({error})") from None
    if len(normalised_email(checked.normalized)) > LONGEST_EMAIL:
        raise ValueError(f"must have {LONGEST_EMAIL} characters at the most when it is written in plain letters")
    return checked.normalized


def normalised_email(email: str) -> str:
    """The form in which two spellings of one address are equal: case, spaces and Unicode form do not count (INV-08)."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def _local_date(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return _within_reach(date.fromisoformat(value))
        except ValueError:
            pass
    raise ValueError("must be a date such as 2026-12-01, from 2000 to 2999")


def iso_datetime(value: Any) -> datetime:
    """Text only: a bare number would be read as seconds since 1970."""
    if isinstance(value, str) and len(value) >= len("2026-12-01T14:00"):
        try:
            return _within_reach(datetime.fromisoformat(value))
        except ValueError:
            pass
    raise ValueError(
        "must be an ISO 8601 date and time such as 2026-12-01T14:30 or 2026-12-01T14:30:00-06:00, from 2000 to 2999"
    )


def _within_reach(day: Day) -> Day:
    if day.year not in YEARS:
        raise ValueError
    return day


def _local_time(value: Any) -> time:
    if isinstance(value, str) and re.fullmatch(r"\d{2}:\d{2}(:00)?", value, re.ASCII):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("must be a time of day such as 14:30")


def _one_line(text: str) -> str:
    if any(map(_spoils_a_line, text)):
        raise ValueError("must be one line without control characters")
    if text and all(unicodedata.category(character) in {"Cf", "Zs"} for character in text):
        raise ValueError("must have characters that can be seen")
    return text


def _spoils_a_line(character: str) -> bool:
    is_control = unicodedata.category(character) in NEITHER_LETTERS_NOR_MARKS
    return is_control or unicodedata.bidirectional(character) in TURNING_ROUND


def _prose(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\n\r\t" for character in text):
        raise ValueError("must not contain control characters")
    return text


def _web_address(text: str) -> str:
    try:
        _http.validate_python(text)
    except ValueError:
        is_address = False
    else:
        is_address = bool(_WRITTEN_OUT.fullmatch(text))
    if not is_address:
        raise ValueError("must be a web address such as https://zoom.us/j/123456")
    return text


Email = Annotated[
    str,
    StringConstraints(max_length=LONGEST_EMAIL),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}),
]
LocalDate = Annotated[
    date, BeforeValidator(_local_date), Field(json_schema_extra={"pattern": r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"})
]
IsoDatetime = Annotated[datetime, BeforeValidator(iso_datetime)]
LocalTime = Annotated[
    time,
    BeforeValidator(_local_time),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$"}, mode="validation"),
]
"""JSON Schema's own `time` has an offset, which this has not."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
LineOrNothing = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line)]
"""For what may be left empty in a form."""
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_prose)]
WebAddress = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_web_address)]
Color = Annotated[str, Spelled("^#[0-9A-Fa-f]{6}$", "must be a colour such as #0066FF")]
Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    Spelled(r"^[\x21-\x7e]+$", "must have plain ASCII characters only, and no spaces"),
]
"""An opaque id somebody else made: visible ASCII, no spaces."""
