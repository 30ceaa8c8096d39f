"""Who may call the tours API, and who may send it webhooks."""

from dataclasses import dataclass
from typing import ClassVar

from kernel import ids, settings, signatures
from kernel.contract import Errors
from kernel.errors import InvalidWebhookSignature, NotFound, Unauthorized
from kernel.limits import AUTHENTICATED, WEBHOOK, Limit
from kernel.request import Request
from resman import directory, store
from resman.model import Tour
from resman.property import Property


@dataclass(frozen=True)
class ClientAccount:
    """A client that showed its API key. What belongs to others is, to it, not there (INV-23)."""

    limit: ClassVar[Limit] = AUTHENTICATED
    refused_with: ClassVar[Errors] = (Unauthorized,)
    account_id: str
    property_ids: tuple[str, ...]

    @classmethod
    def authenticate(cls, request: Request) -> "ClientAccount":
        shown = request.headers.get("x-api-key")
        if not shown:
            raise Unauthorized("Send your API key in the header x-api-key")
        known = directory.api_key(ids.fingerprint(shown))
        if known is None:
            raise Unauthorized(
                "This API key is not known; check the header x-api-key or ask the operator for a new key"
            )
        return cls(known.account_id, known.property_ids)

    @property
    def scope(self) -> str:
        return f"account {self.account_id}"

    def property(self, property_id: str) -> Property:
        found = directory.load_property(self.account_id, property_id) if property_id in self.property_ids else None
        if found is None:
            raise NotFound(
                f"There is no property {property_id}; check property_id, or ask the operator to add it to your key"
            )
        return found

    def tour(self, appointment_id: str) -> tuple[Tour, Property]:
        tour = store.load_tour(self.account_id, appointment_id)
        if tour is None or tour.property_id not in self.property_ids:
            raise NotFound(f"There is no tour {appointment_id}; check the appointment_id that booking it answered")
        return tour, self.property(tour.property_id)


@dataclass(frozen=True)
class Resman:
    """ResMan, known by the signature over what it sends."""

    limit: ClassVar[Limit] = WEBHOOK
    refused_with: ClassVar[Errors] = (InvalidWebhookSignature,)
    scope: str = "resman"

    @classmethod
    def authenticate(cls, request: Request) -> "Resman":
        secret = settings.secret("RESMAN_SECRET")["webhook_secret"]
        signatures.verify(secret, request.headers, request.body)
        return cls()
