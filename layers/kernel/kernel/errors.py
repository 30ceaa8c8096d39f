"""Every error a client can be told, with its published code and HTTP status.

    AppError                      500 INTERNAL_ERROR
    ├── InvalidInput              400 VALIDATION_ERROR
    ├── ImmersioNotConnected      400 IMMERSIO_NOT_CONNECTED
    ├── InvalidSignature          400 INVALID_SIGNATURE
    ├── RefundNotEligible         400 REFUND_NOT_ELIGIBLE
    ├── StripeNotConfigured       400 STRIPE_NOT_CONFIGURED
    ├── Unauthorized              401 UNAUTHORIZED
    ├── InvalidToken              401 INVALID_TOKEN
    ├── InvalidWebhookSignature   401 INVALID_WEBHOOK_SIGNATURE
    ├── PaymentFailed             402 PAYMENT_FAILED
    ├── Forbidden                 403 FORBIDDEN
    │   └── WhitelistDenied       403 WHITELIST_DENIED
    ├── NotFound                  404 NOT_FOUND
    │   ├── BookingNotFound       404 BOOKING_NOT_FOUND
    │   ├── TenantNotFound        404 TENANT_NOT_FOUND
    │   └── WorkshopNotFound      404 WORKSHOP_NOT_FOUND
    ├── MethodNotAllowed          405 METHOD_NOT_ALLOWED
    ├── Conflict                  409 CONFLICT
    │   ├── NoSeatsAvailable      409 NO_SEATS_AVAILABLE
    │   ├── SlotUnavailable       409 SLOT_UNAVAILABLE
    │   ├── IllegalStatusChange   409 ILLEGAL_STATUS_CHANGE
    │   ├── SyncInProgress        409 SYNC_IN_PROGRESS
    │   └── IdempotencyKeyInUse   409 IDEMPOTENCY_KEY_IN_USE
    ├── PayloadTooLarge           413 PAYLOAD_TOO_LARGE
    ├── UnsupportedMediaType      415 UNSUPPORTED_MEDIA_TYPE
    ├── IdempotencyKeyReused      422 IDEMPOTENCY_KEY_REUSED
    ├── RateLimited               429 RATE_LIMITED
    ├── ResmanRejected            502 RESMAN_REJECTED
    └── TemporarilyUnavailable    503 TEMPORARILY_UNAVAILABLE
        ├── ImmersioUnavailable   503 IMMERSIO_UNAVAILABLE
        ├── ResmanUnavailable     503 RESMAN_UNAVAILABLE
        └── StripeUnavailable     503 STRIPE_UNAVAILABLE

The status lives on the class; `kernel.http` and `kernel.trpc_wire` are the only places that render one. What a class
says of itself is published too: it is written for those who are answered so.
"""

from typing import Any, ClassVar


class AppError(Exception):
    """Our fault; the message has the id of the request to quote, and no more."""

    # And the root of all errors with a published code: `message` says what to change, `details` helps a program do it.

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, details: Any = None, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.retry_after_seconds = retry_after_seconds


class InvalidInput(AppError):
    """What was sent breaks a rule; `details` names each field and its rule."""

    status, code = 400, "VALIDATION_ERROR"

    @classmethod
    def field(cls, name: str, rule: str) -> "InvalidInput":
        """One field broke one rule; the message names both."""
        return cls(f"{name}: {rule}", [{"field": name, "message": rule}])


class ImmersioNotConnected(AppError):
    """The school has no connection to Immersio, or none that Immersio takes any more."""

    status, code = 400, "IMMERSIO_NOT_CONNECTED"


class InvalidSignature(AppError):
    """The signature does not match the body, or its time is more than five minutes away; `details.rule` says which."""

    # Immersio's webhooks alone are refused in these words: section 2.2 of the specification has its own.
    status, code = 400, "INVALID_SIGNATURE"


class RefundNotEligible(AppError):
    """Cancelling would give nothing back now, and that was asked for; nothing was changed."""

    status, code = 400, "REFUND_NOT_ELIGIBLE"


class StripeNotConfigured(AppError):
    """The school has no account at Stripe, or not one that we may use or that may take money."""

    status, code = 400, "STRIPE_NOT_CONFIGURED"


class Unauthorized(AppError):
    """Whoever asks did not prove who they are: sign in, or send a valid key."""

    status, code = 401, "UNAUTHORIZED"


class InvalidToken(AppError):
    """The sign-on token or its state does not hold; whatever is wrong with it, who sent it is not told."""

    status, code = 401, "INVALID_TOKEN"


class InvalidWebhookSignature(AppError):
    """The signature does not match the body, or its time is more than five minutes away."""

    status, code = 401, "INVALID_WEBHOOK_SIGNATURE"


class PaymentFailed(AppError):
    """Stripe understood and said no; asking again for the same will not help."""

    status, code = 402, "PAYMENT_FAILED"


class Forbidden(AppError):
    """Who asks may not do this: their role, their school's plan, or where they ask from does not allow it."""

    status, code = 403, "FORBIDDEN"


class WhitelistDenied(Forbidden):
    """The workshop is for those on its list, and this e-mail address is not on it."""

    code = "WHITELIST_DENIED"


class NotFound(AppError):
    """It is not there, or it is somebody else's, which is the same to whoever asks."""

    status, code = 404, "NOT_FOUND"


class BookingNotFound(NotFound):
    """There is no such booking, or the token is not its own."""

    code = "BOOKING_NOT_FOUND"


class TenantNotFound(NotFound):
    """There is no such school, or it shows nothing to the public."""

    code = "TENANT_NOT_FOUND"


class WorkshopNotFound(NotFound):
    """There is no such workshop, or it is not offered any more."""

    code = "WORKSHOP_NOT_FOUND"


class MethodNotAllowed(AppError):
    """A mutation was sent by GET, or the method is neither GET nor POST; the header `allow` names those that are."""

    status, code = 405, "METHOD_NOT_ALLOWED"


class Conflict(AppError):
    """It contradicts what is there; the message says what."""

    status, code = 409, "CONFLICT"


class NoSeatsAvailable(Conflict):
    """All seats of this class are taken, or others wait for them."""

    code = "NO_SEATS_AVAILABLE"


class SlotUnavailable(Conflict):
    """This time is taken; `details` has others."""

    code = "SLOT_UNAVAILABLE"


class IllegalStatusChange(Conflict):
    """A tour in this status cannot get that one; `details` has those that it can get."""

    code = "ILLEGAL_STATUS_CHANGE"


class SyncInProgress(Conflict):
    """A sync is running already; wait for its end."""

    code = "SYNC_IN_PROGRESS"


class IdempotencyKeyInUse(Conflict):
    """The first request with this key is still running; ask again in a moment."""

    code = "IDEMPOTENCY_KEY_IN_USE"


class PayloadTooLarge(AppError):
    """The body is larger than this procedure takes."""

    status, code = 413, "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(AppError):
    """The body is not declared as JSON."""

    status, code = 415, "UNSUPPORTED_MEDIA_TYPE"


class IdempotencyKeyReused(AppError):
    """This key was sent before with another body."""

    status, code = 422, "IDEMPOTENCY_KEY_REUSED"


class RateLimited(AppError):
    """Too many requests; `Retry-After` says in how many seconds there is room again."""

    status, code = 429, "RATE_LIMITED"


class ResmanRejected(AppError):
    """ResMan understood and said no; asking again will not help."""

    status, code = 502, "RESMAN_REJECTED"


class TemporarilyUnavailable(AppError):
    """It could not be done in time, or too many change the same thing; the same request may succeed in a moment."""

    status, code = 503, "TEMPORARILY_UNAVAILABLE"


class ImmersioUnavailable(TemporarilyUnavailable):
    """Immersio did not answer, or not sensibly; asking again later may help."""

    code = "IMMERSIO_UNAVAILABLE"


class ResmanUnavailable(TemporarilyUnavailable):
    """ResMan did not answer, or not sensibly; asking again later may help."""

    code = "RESMAN_UNAVAILABLE"


class StripeUnavailable(TemporarilyUnavailable):
    """Stripe did not answer, or would not know us; asking again later may help."""

    code = "STRIPE_UNAVAILABLE"
