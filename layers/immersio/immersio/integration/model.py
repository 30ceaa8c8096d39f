"""A school's connection to Immersio: which organisation it is there, and the key that proves it."""

from pydantic import BaseModel, ConfigDict, Field

from kernel.clock import Instant


class Integration(BaseModel):
    """The key shows in no error and no log (INV-26); it is kept as it is, because every call carries it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: int
    tenant_id: int
    org_id: str
    org_name: str
    api_key: str = Field(repr=False)
    connected_at: Instant
