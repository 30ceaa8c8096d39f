"""Published errors, as the document shows them: by status, each code with what it means and an example."""

from collections.abc import Iterable
from typing import Any

from kernel.contract import Errors
from kernel.errors import AppError
from local.contracts import details
from local.contracts.schemas import Made, Schema

FIELD = [{"field": "startTime", "message": "is required"}]
EXAMPLES: dict[str, tuple[str, Any]] = {
    "BOOKING_NOT_FOUND": ("There is no booking with this uid and token; take both from its confirmation", None),
    "CONFLICT": ("This class has started, so its seat cannot be given back any more", None),
    "FORBIDDEN": ("Your account is locked; ask the school", None),
    "IDEMPOTENCY_KEY_IN_USE": (
        "The first request with this Idempotency-Key is still running; ask again in a moment",
        None,
    ),
    "IDEMPOTENCY_KEY_REUSED": (
        "This Idempotency-Key was used with another body; send a new key for a new request, or the first body again",
        None,
    ),
    "ILLEGAL_STATUS_CHANGE": (
        "A cancelled tour cannot become confirmed; cancelled is final",
        {"status": "cancelled", "allowed": []},
    ),
    "IMMERSIO_NOT_CONNECTED": ("This school is not connected to Immersio; sign in another way", None),
    "IMMERSIO_UNAVAILABLE": ("Immersio does not answer right now; try again in a moment", None),
    "INTERNAL_ERROR": ("Something went wrong on our side. Quote request IbPw0hGkoAMEM1A= when you report it.", None),
    "INVALID_SIGNATURE": ("Invalid signature", {"rule": "X-Webhook-Signature does not match the body"}),
    "INVALID_TOKEN": ("Invalid token", None),
    "INVALID_WEBHOOK_SIGNATURE": ("X-Webhook-Signature does not match the body", None),
    "METHOD_NOT_ALLOWED": ("The method is not allowed: it is a mutation; send it by POST", {"allow": "POST"}),
    "NOT_FOUND": ("There is no tour 4711; check the appointment_id that booking it answered", None),
    "NO_SEATS_AVAILABLE": ("All seats of this class are taken; choose another date, or join the waitlist", None),
    "PAYLOAD_TOO_LARGE": ("The body has 1200000 bytes; 1000000 are the most", None),
    "PAYMENT_FAILED": ("Stripe does not take this payment (amount_too_small); nothing was charged", None),
    "RATE_LIMITED": (
        "More than 100 requests in 60 seconds; try again in 17 seconds",
        {"limit": 100, "windowSeconds": 60},
    ),
    "REFUND_NOT_ELIGIBLE": (
        "Cancelling would give nothing back now; without requireRefund it is cancelled anyway",
        None,
    ),
    "RESMAN_REJECTED": ("ResMan refuses this appointment", None),
    "RESMAN_UNAVAILABLE": (
        "ResMan does not answer and this day is not known from before; try again in a minute",
        None,
    ),
    "SLOT_UNAVAILABLE": (
        "Tuesday, December 1, 2026 at 14:00 is no longer free; choose another time",
        {"alternatives": [{"date": "2026-12-01", "time": "14:30", "datetime": "2026-12-01T14:30:00-06:00"}]},
    ),
    "STRIPE_NOT_CONFIGURED": (
        (
            "This school cannot take payments yet, so its paid workshops cannot be booked; "
            "an owner or admin of it connects Stripe with immersio.tenant.updateStripeCredentials"
        ),
        None,
    ),
    "STRIPE_UNAVAILABLE": ("Stripe does not answer right now; nothing was charged. Try again in a moment.", None),
    "SYNC_IN_PROGRESS": (
        "A sync is running; wait until immersio.integration.getSyncHistory shows that it is done",
        {"syncId": 373606034856673},
    ),
    "TEMPORARILY_UNAVAILABLE": ("Too many people book this class right now; try again", None),
    "TENANT_NOT_FOUND": ("There is no school of this name; check tenantSlug", None),
    "UNAUTHORIZED": ("Send your API key in the header x-api-key", None),
    "UNSUPPORTED_MEDIA_TYPE": ("Send the body as JSON with the header Content-Type: application/json", None),
    "VALIDATION_ERROR": ("startTime: is required", FIELD),
    "WHITELIST_DENIED": ("This e-mail address is not on the workshop's list; ask the school to add it", None),
    "WORKSHOP_NOT_FOUND": (
        "This school offers no workshop of this name; a draft or an archived one is not offered",
        None,
    ),
}
"""What is said, and the details where there are some."""
MAY_SAY_WHEN = {429, 503, 409}
"""The statuses whose answers may say in how many seconds to come back."""


def examples(errors: Iterable[type[AppError]]) -> dict[str, Any]:
    return {error.code: {"summary": meaning(error), "value": example(error)} for error in errors}


def example(error: type[AppError]) -> dict[str, Any]:
    message, more = EXAMPLES[error.code]
    return {"error": message, "code": error.code, **({"details": more} if more is not None else {})}


def responses(errors: Errors) -> dict[str, Any]:
    """By status, with the codes that it may have here."""
    statuses = sorted({error.status for error in errors})
    return {str(status): _response([error for error in errors if error.status == status]) for status in statuses}


def meaning(error: type[AppError]) -> str:
    return " ".join((error.__doc__ or "").split())


def name(error: type[AppError]) -> str:
    """A type's name for code that is generated: `ValidationError`."""
    return error.code.title().replace("_", "")


def schema(error: type[AppError], made: Made) -> Schema:
    told = {"details": made[details.OF[error], "serialization"]} if error in details.OF else {}
    return {
        "title": name(error),
        "description": meaning(error),
        "type": "object",
        "required": ["error", "code"],
        "properties": {
            "error": {"type": "string", "description": "What to change, for people; its words may change"},
            "code": {"type": "string", "const": error.code},
            **told,
        },
        "additionalProperties": False,
    }


def _response(errors: list[type[AppError]]) -> dict[str, Any]:
    status = errors[0].status
    headers = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}} if status in MAY_SAY_WHEN else {}
    return {
        "description": "\n".join(f"- `{error.code}`: {meaning(error)}" for error in errors),
        **({"headers": headers} if headers else {}),
        "content": {
            "application/json": {
                "schema": _one_of(errors),
                "examples": {error.code: {"$ref": f"#/components/examples/{error.code}"} for error in errors},
            }
        },
    }


def _one_of(errors: list[type[AppError]]) -> Schema:
    references = {error.code: f"#/components/schemas/{name(error)}" for error in errors}
    if len(references) == 1:
        return {"$ref": references[errors[0].code]}
    return {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "code", "mapping": references},
    }
