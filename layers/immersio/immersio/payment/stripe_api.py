"""Speaking with Stripe. Only the modules named `stripe_…` import its package, which takes a while to load.

We call with our platform's own key. What is done for a school is done on its account, named with the call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from immersio.payment import stripe_shapes
from immersio.payment.model import ConnectedAccount
from kernel import settings
from kernel.errors import StripeUnavailable
from kernel.telemetry import logger

if TYPE_CHECKING:
    from stripe import Account, StripeClient, StripeError

CONNECT_SECONDS, ANSWER_SECONDS, RETRIES, PAUSE_SECONDS = 1.5, 4.0, 1, 0.5
QUESTIONS = 2
"""Which account is ours, once in the life of a process, and what the other one is."""
LONGEST_SECONDS = QUESTIONS * ((CONNECT_SECONDS + ANSWER_SECONDS) * (1 + RETRIES) + PAUSE_SECONDS * RETRIES)
"""What all of it may take; a caller waits for less than 30 seconds."""
NOT_OURS = {"account_invalid", "resource_missing"}
"""Stripe's codes for an account that is not there, or not connected to our platform; it does not say which."""
MODES = {"sk_live_": True, "rk_live_": True, "sk_test_": False, "rk_test_": False}


def is_live() -> bool:
    """Whether our key moves real money."""
    key = _key()
    mode = next((live for start, live in MODES.items() if key.startswith(start)), None)
    if mode is None:
        raise misconfigured("the secret_key behind STRIPE_SECRET is no secret key of Stripe's")
    return mode


def connected_account(account_id: str) -> ConnectedAccount | None:
    """A school's account, or None if it is not one that is connected to our platform."""
    with speaking():
        own_id = _own_id(_key(), settings.get("STRIPE_BASE_URL"))
    account = None if account_id == own_id else _retrieve(account_id)
    return stripe_shapes.account(account.to_dict()) if account else None


def _retrieve(account_id: str) -> "Account | None":
    import stripe

    with speaking():
        try:
            return client().v1.accounts.retrieve(account_id)
        except (stripe.PermissionError, stripe.InvalidRequestError) as refusal:
            if code(refusal) in NOT_OURS:
                return None
            raise


def code(refusal: "StripeError") -> str | None:
    """Of a refused permission the package keeps the code only in the answer."""
    return refusal.error.code if refusal.error else None


@contextmanager
def speaking(so_far: str = "nothing was changed") -> Iterator[None]:
    """What Stripe's errors mean to our callers; what it refuses for another reason is a mistake of ours."""
    import stripe

    try:
        yield
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
        logger.warning("Stripe did not answer", extra={"reason": type(error).__name__, "status": error.http_status})
        raise StripeUnavailable(
            f"Stripe does not answer right now; {so_far}. Try again in a moment.", retry_after_seconds=5
        ) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise misconfigured(f"Stripe refuses our credentials ({code(error) or error.http_status})") from None


def misconfigured(reason: str) -> StripeUnavailable:
    """An operator has to put something right; what is wrong with our keys is not for callers."""
    logger.error(reason)
    return StripeUnavailable("Our connection to Stripe is not set up right; we have to mend it. Nothing was changed.")


def client() -> "StripeClient":
    return _client_for(_key(), settings.get("STRIPE_BASE_URL"))


def _key() -> str:
    return str(settings.secret("STRIPE_SECRET")["secret_key"])


@lru_cache(maxsize=2)
def _client_for(key: str, base_url: str) -> "StripeClient":
    """Kept, with its connections, for as long as the key is in use."""
    import stripe

    return stripe.StripeClient(
        key,
        base_addresses={"api": base_url},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS)),
    )


@lru_cache(maxsize=2)
def _own_id(key: str, base_url: str) -> str:
    """Our platform's own account: what a school's students paid there would be ours."""
    return _client_for(key, base_url).v1.accounts.retrieve_current().id
