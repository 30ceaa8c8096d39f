"""A reader of calendar files that forgives nothing (RFC 5545, section 3.1), written without any library."""

import re
from email.message import EmailMessage
from typing import Any

NAME = r"[A-Z0-9-]+"
VALUE = r'(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
CONTENT_LINE = re.compile(rf"({NAME})((?:;{NAME}={VALUE}(?:,{VALUE})*)*):([^\x00-\x08\x0a-\x1f\x7f]*)")
TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
TEXT_PROPERTIES = {"SUMMARY", "DESCRIPTION", "LOCATION", "UID"}
ONCE_IN_AN_EVENT = {
    "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS", "ORGANIZER", "LOCATION",
}  # fmt: skip


def read_strictly(ics: bytes) -> dict[str, str]:
    """The values of a file with one event, by property; raises AssertionError on any breach."""
    lines = [_content_line(line) for line in _unfolded(ics)]
    names = [name for name, _ in lines]
    assert [value for name, value in lines if name == "BEGIN"] == ["VCALENDAR", "VEVENT"]
    assert [value for name, value in lines if name == "END"] == ["VEVENT", "VCALENDAR"]
    assert names.count("VERSION") == names.count("PRODID") == names.count("METHOD") == 1
    assert [name for name in ONCE_IN_AN_EVENT if names.count(name) != 1] == []
    event = dict(lines)
    assert names.count("ATTENDEE") == (0 if event["METHOD"] == "PUBLISH" else 1), "RFC 5546, section 3.2"
    assert names.count("URL") <= 1
    return event


def event_in(message: EmailMessage) -> dict[str, str]:
    """The event of an e-mail, which has it twice; empty where it has none."""
    shown, attached = (_parts(message, kind) for kind in ("text/calendar", "application/ics"))
    assert [bytes(part.get_payload(decode=True)) for part in shown] == [
        bytes(part.get_payload(decode=True)) for part in attached
    ]
    if not shown:
        return {}
    (part,) = shown
    event = read_strictly(bytes(part.get_payload(decode=True)))
    assert part.get_param("method") == event["METHOD"]
    return event


def _parts(message: EmailMessage, kind: str) -> list[Any]:
    return [part for part in message.walk() if part.get_content_type() == kind]


def _unfolded(ics: bytes) -> list[str]:
    assert ics.endswith(b"\r\n"), "the last line ends like all others"
    physical = ics[:-2].split(b"\r\n")
    assert all(b"\r" not in line and b"\n" not in line for line in physical), "a lone CR or LF"
    assert all(len(line) <= 75 for line in physical), "a line of more than 75 octets"
    for line in physical:
        line.decode()  # no character is cut in two
    return ics[:-2].decode().replace("\r\n ", "").split("\r\n")


def _content_line(line: str) -> tuple[str, str]:
    match = CONTENT_LINE.fullmatch(line)
    assert match, f"not a content line: {line!r}"
    name, _, value = match.groups()
    if name in TEXT_PROPERTIES:
        assert TEXT.fullmatch(value), f"{name} is not escaped: {value!r}"
    return name, value
