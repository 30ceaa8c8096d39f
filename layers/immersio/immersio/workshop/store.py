"""Workshops in the table."""

import json
from decimal import Decimal

from boto3.dynamodb.conditions import Attr

from immersio.workshop.model import Workshop
from kernel import keys, table


def load_workshop(tenant_id: int, workshop_id: int) -> Workshop | None:
    row = table.get(keys.workshop(tenant_id, workshop_id))
    return Workshop.model_validate(row) if row else None


def new_workshop(workshop: Workshop) -> table.Put:
    key = keys.workshop(workshop.tenant_id, workshop.id)
    row = json.loads(workshop.model_dump_json(), parse_float=Decimal)  # DynamoDB takes no floats
    return table.Put(item={**key._asdict(), "entity": "workshop", **row}, condition=Attr("pk").not_exists())
