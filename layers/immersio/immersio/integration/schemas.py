"""What the procedures about the connection to Immersio take and give."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from kernel.fields import Identifier
from kernel.trpc_fields import Input, Output

VISIBLE = re.compile(r"[\x21-\x7e]+")


def _api_key(key: SecretStr) -> SecretStr:
    if not VISIBLE.fullmatch(key.get_secret_value()):
        raise ValueError("must be an API key as Immersio shows it: visible ASCII characters, no spaces")
    return key


class ConnectInput(Input):
    immersio_org_id: Identifier
    api_key: Annotated[SecretStr, Field(max_length=500), AfterValidator(_api_key)]
    webhook_url: Annotated[str, Field(max_length=2000)] = ""

    @property
    def receive_at(self) -> str | None:
        """Where events are told from now on; None: nothing is said about it."""
        return self.webhook_url if "webhook_url" in self.model_fields_set else None


class ConnectionTest(Output):
    """What Immersio said; either what it found, or what is wrong."""

    connection_valid: bool
    org_name: str = ""
    course_count: int = 0
    error: str = ""


class Connected(Output):
    success: bool
    integration_id: int
    """0 where there is none."""
    test_result: ConnectionTest
