"""Who is served: client accounts, their API keys, and properties, in the table."""

from collections.abc import Iterator

from boto3.dynamodb.conditions import Attr, Key
from pydantic import BaseModel

from kernel import keys, table
from resman.property import Property


class Account(BaseModel):
    """A client of the tours API, such as the leasing chatbot of one landlord."""

    id: str
    name: str
    callback_url: str | None


class ApiKey(BaseModel):
    account_id: str
    property_ids: tuple[str, ...]


def api_key(fingerprint: str) -> ApiKey | None:
    row = table.get(keys.api_key(fingerprint))
    return ApiKey.model_validate(row) if row else None


def load_account(account_id: str) -> Account | None:
    row = table.get(keys.account(account_id))
    return Account.model_validate(row) if row else None


def save_client(account: Account, fingerprint: str, api_key: ApiKey) -> None:
    table.write(
        table.Put(item={**keys.account(account.id)._asdict(), "entity": "account", **account.model_dump()}),
        table.Put(item={**keys.api_key(fingerprint)._asdict(), "entity": "api_key", **api_key.model_dump(mode="json")}),
    )


def delete_api_key(account_id: str, fingerprint: str) -> bool:
    """False if the account has no such key."""
    try:
        table.write(table.Delete(key=keys.api_key(fingerprint), condition=Attr("account_id").eq(account_id)))
    except table.ConditionFailed:
        return False
    return True


def disable_callback(account_id: str, callback_url: str) -> None:
    """Stop posting to an address that answered 410, unless an operator has set another since."""
    try:
        table.write(
            table.Update(
                key=keys.account(account_id),
                set={"callback_url": None},
                condition=Attr("callback_url").eq(callback_url),
            )
        )
    except table.ConditionFailed:
        return


def load_property(account_id: str, property_id: str) -> Property | None:
    row = table.get(keys.property_(account_id, property_id))
    return _property(row) if row else None


def all_properties() -> Iterator[Property]:
    return (_property(row) for row in table.query(Key("gsi1pk").eq(keys.all_properties()), index="gsi1"))


def save_property(property: Property) -> None:
    table.write(
        table.Put(
            item={
                **keys.property_(property.account_id, property.id)._asdict(),
                **keys.property_index(property.account_id, property.id)._asdict(),
                "entity": "property",
                "property": property.model_dump(mode="json"),
            }
        )
    )


def _property(row: table.Item) -> Property:
    return Property.model_validate(row["property"])
