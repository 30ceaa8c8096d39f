"""What Immersio says of somebody who signs in there."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kernel.fields import Email, Identifier, LineOrNothing

LONGEST_LIFETIME = timedelta(hours=1)
TEACHER = "teacher"


def _number(value: Any) -> Any:
    """JSON's numbers only: text that looks like one, or true, is not a time."""
    if isinstance(value, bool | str):
        raise ValueError("must be seconds since 1970")  # noqa: TRY004 - pydantic makes an error of this one only
    return value


def _seen(name: str | None) -> str | None:
    return name or None


Seconds = Annotated[float, BeforeValidator(_number), Field(ge=0, lt=2**37, allow_inf_nan=False)]


class Claims(BaseModel):
    """The claims of a token that was verified; what they say of a role counts for somebody new only."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    sub: Identifier
    email: Email
    email_verified: Literal[True] = True
    """An address that Immersio itself doubts says nothing about who somebody is."""
    name: Annotated[LineOrNothing | None, AfterValidator(_seen)] = None
    org_id: Annotated[Identifier, Field(alias="orgId")]
    role: str | None = None
    iat: Seconds
    exp: Seconds
    jti: Identifier

    @property
    def is_short_lived(self) -> bool:
        return 0 < self.exp - self.iat <= LONGEST_LIFETIME.total_seconds()

    @property
    def is_teacher(self) -> bool:
        return self.role is not None and self.role.strip().casefold() == TEACHER

    @property
    def called(self) -> str:
        """Their name, or what stands before the @ where they gave none."""
        return self.name or self.email.partition("@")[0]
