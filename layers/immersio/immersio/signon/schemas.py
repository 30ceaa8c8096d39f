"""What signing in by Immersio takes and gives."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from immersio.access.model import Role
from kernel.trpc_fields import Output


def _text(value: Any) -> str:
    """What is no text is no token either, and is refused as one that is wrong in any other way."""
    return value if isinstance(value, str) else ""


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False)


class LoginRequest(_Sent):
    tenant_slug: Annotated[str, Field(min_length=1, max_length=63)]
    """The school's."""
    redirect_url: Annotated[
        str | None,
        Field(description="A page of the school's that takes `token` and `state`; its start page if not given"),
    ] = None


class SignOnRequest(_Sent):
    token: Annotated[str, BeforeValidator(_text), Field(description="The JWT that Immersio made")]
    redirect_url: Annotated[str, Field(description="A page of the school's, or a path there")]
    state: Annotated[str, BeforeValidator(_text), Field(description="As it came back, if it began with login")] = ""


class _Told(Output):
    model_config = ConfigDict(serialize_by_alias=True)


class SignedOnUser(_Told):
    id: int
    email: str
    name: str
    tenant_id: int
    role: Role


class SignOnResponse(_Told):
    success: bool
    session_token: str
    """The value of NextAuth's session cookie, which this answer sets too."""
    user: SignedOnUser
