"""Connections in the table, which is encrypted at rest: a key that is sent along cannot be kept as a hash."""

from immersio.integration.model import Integration
from kernel import keys, table

commit = table.write
Action = table.Action
ConditionFailed = table.ConditionFailed


def load_integration(tenant_id: int) -> Integration | None:
    row = table.get(keys.integration(tenant_id))
    return Integration.model_validate(row) if row else None
