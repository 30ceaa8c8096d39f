"""Immersio as a caller, known by the signature over what it sends."""

import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from immersio.course import store
from immersio.course.schemas import ImmersioEvent
from immersio.integration import store as integrations
from kernel import settings, signatures
from kernel.contract import Errors
from kernel.errors import AppError, InvalidInput, InvalidSignature, InvalidWebhookSignature
from kernel.limits import WEBHOOK, Limit
from kernel.request import Request
from kernel.validation import parse

AN_ID = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class Immersio:
    limit: ClassVar[Limit] = WEBHOOK
    refused_with: ClassVar[Errors] = (InvalidSignature,)
    event: ImmersioEvent
    tenant_id: int | None
    """The school that the event is about, as far as it says so."""

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        _verify(request)
        event = parse(ImmersioEvent, _object(request.body))
        return cls(event, _school(event.data))

    @property
    def scope(self) -> str:
        """Each school is counted by itself, so that none uses up what others need."""
        return f"immersio {self.tenant_id or 'nobody'}"


def _verify(request: Request) -> None:
    try:
        signatures.verify(_secret(), request.headers, request.body)
    except InvalidWebhookSignature as refused:
        raise InvalidSignature("Invalid signature", {"rule": refused.message}) from None


def _secret() -> str:
    secret = str(settings.secret("IMMERSIO_SECRET")["webhook_secret"])
    if not secret:
        raise AppError("The webhook_secret behind IMMERSIO_SECRET is empty: anybody could sign with it")
    return secret


def _object(body: bytes) -> dict[str, Any]:
    """Whatever the header says of the type: it is signed."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON") from None
    if not isinstance(told, dict):
        raise InvalidInput("The body must be a JSON object")
    return told


def _school(data: dict[str, Any]) -> int | None:
    """Whose course it is, or whose organisation, or else where the student is."""
    course_id, org_id, student_id = (_id(data.get(name)) for name in ("courseId", "orgId", "studentId"))
    found = store.load_owner(course_id) if course_id else None
    if found is None and org_id:
        found = integrations.find_tenant_id(org_id)
    if found is None and student_id and not course_id:
        found = next((one.tenant_id for one in store.enrolments_of(student_id)), None)
    return found


def _id(value: object) -> str | None:
    """What could be somebody's id."""
    return value if isinstance(value, str) and AN_ID.fullmatch(value) else None
