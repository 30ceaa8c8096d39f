"""Answers that are no model: files, and pages that were written before."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from kernel import ids

Answer = dict[str, Any]

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
AS_IT_IS = {"x-content-type-options": "nosniff"}
"""Whatever its name or its beginning may look like."""


@dataclass(frozen=True)
class CalendarFile:
    """200: an .ics file, for whoever asked and for no cache in between."""

    MEDIA_TYPE: ClassVar = "text/calendar; charset=utf-8"
    name: str
    """In plain letters, with `.ics` at the end."""
    ics: bytes

    def answer(self) -> Answer:
        saved_as = {"content-disposition": f'attachment; filename="{self.name}"'}
        headers = {**saved_as, "cache-control": "private, no-store", **AS_IT_IS}
        return _answer(self.MEDIA_TYPE, headers, self.ics.decode())


@dataclass(frozen=True)
class JsonFile:
    """200: JSON that was written before, and is the same for everybody."""

    MEDIA_TYPE: ClassVar = "application/json"
    text: str
    seconds: int = 300

    def answer(self) -> Answer:
        return tagged(_answer(self.MEDIA_TYPE, AS_IT_IS, self.text), self.seconds)


@dataclass(frozen=True)
class Page:
    """200: a page that is the same for everybody. It runs no script, and nothing of it comes from elsewhere."""

    MEDIA_TYPE: ClassVar = "text/html; charset=utf-8"
    html: str
    seconds: int = 300

    def answer(self) -> Answer:
        headers = {"content-security-policy": self._allowed, "referrer-policy": "no-referrer", **AS_IT_IS}
        return tagged(_answer(self.MEDIA_TYPE, headers, self.html), self.seconds)

    @property
    def _allowed(self) -> str:
        """Of styles those that stand in the page, byte by byte; of everything else nothing."""
        styles = " ".join(f"'sha256-{_digest(style)}'" for style in STYLE.findall(self.html))
        return f"default-src 'none'; style-src {styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def tagged(answer: Answer, seconds: int) -> Answer:
    """So that who has it already need not be sent it again."""
    tag = f'"{ids.fingerprint(answer["body"])[:32]}"'
    kept = {"etag": tag, "cache-control": f"public, max-age={seconds}"}
    return {**answer, "headers": {**answer["headers"], **kept}}


def _answer(media_type: str, headers: dict[str, str], body: str) -> Answer:
    headers = {"content-type": media_type, **headers}
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": False}


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
