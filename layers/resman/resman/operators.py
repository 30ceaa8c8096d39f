"""What operators set up by `sam remote invoke`: properties, and API keys for clients."""

from kernel import clock, destinations, ids
from kernel.errors import InvalidInput, NotFound
from resman import directory
from resman.directory import Account, ApiKey
from resman.property import Property
from resman.schemas import (
    CreateClientRequest,
    CreateClientResponse,
    CreatePropertyResponse,
    RevokeClientRequest,
    RevokeClientResponse,
)


def create_property(property: Property) -> CreatePropertyResponse:
    """Set a property up, or change how it gives tours; tours already booked stay as they are."""
    directory.save_property(property)
    return CreatePropertyResponse(account_id=property.account_id, property_id=property.id, created=clock.now().date())


def create_client(request: CreateClientRequest) -> CreateClientResponse:
    """A new API key for a client account and its properties. The key is shown here and never again (INV-26)."""
    for property_id in request.property_ids:
        if directory.load_property(request.account_id, property_id) is None:
            raise InvalidInput.field(
                "property_ids", f"account {request.account_id} has no property {property_id}; create the property first"
            )
    secret = ids.new_secret("tours")
    directory.save_client(
        Account(id=request.account_id, name=request.name, callback_url=_callback_url(request)),
        ids.fingerprint(secret),
        ApiKey(account_id=request.account_id, property_ids=tuple(request.property_ids)),
    )
    return CreateClientResponse(
        account_id=request.account_id,
        name=request.name,
        property_ids=request.property_ids,
        key_id=ids.fingerprint(secret),
        api_key=secret,
    )


def _callback_url(request: CreateClientRequest) -> str | None:
    """As asked; where it is not mentioned, another key leaves the account's callback as it is."""
    if "callback_url" not in request.model_fields_set:
        account = directory.load_account(request.account_id)
        return account.callback_url if account else None
    if request.callback_url is None:
        return None
    destinations.require("callback_url", request.callback_url)
    return request.callback_url


def revoke_client(request: RevokeClientRequest) -> RevokeClientResponse:
    """End an API key, from the next request on; the account's other keys and its tours stay."""
    if not directory.delete_api_key(request.account_id, request.key_id):
        raise NotFound(f"Account {request.account_id} has no key {request.key_id}; create_client told it as key_id")
    return RevokeClientResponse(account_id=request.account_id, revoked=request.key_id)
