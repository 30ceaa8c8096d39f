"""What inviting and accepting take and give."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from immersio.access.model import Role
from immersio.schedule.model import TimeZone
from immersio.tenant.schemas import Label
from kernel.fields import Email, Line, LineOrNothing
from kernel.trpc_fields import Input, Output


def _can_be_mailed(email: str) -> str:
    """SES takes no other mailbox, so the invitation would never arrive."""
    if not email.rpartition("@")[0].isascii():
        raise ValueError("must have only letters without accents, digits and signs before the @; we can mail no other")
    return email


class InviteTeacherInput(Input):
    email: Annotated[Email, AfterValidator(_can_be_mailed)]
    name: LineOrNothing = ""
    role: Literal[Role.ADMIN, Role.MEMBER] = Role.MEMBER


class InvitedTeacher(Output):
    success: bool
    invite_id: int
    invite_link: str


class AcceptInviteRequest(BaseModel):
    """Whom the school knows already, a student or a former teacher, keeps their name, username and time zone."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False)

    name: Annotated[Line | None, Field(description="The invitation's if not given")] = None
    username: Annotated[Label | None, Field(description="Made of the name if not given")] = None
    time_zone: Annotated[TimeZone | None, Field(description="The school's if not given")] = None


class _Told(Output):
    model_config = ConfigDict(serialize_by_alias=True)


class NewColleague(_Told):
    id: int
    email: str
    name: str
    username: str
    tenant_id: int
    role: Role


class AcceptInviteResponse(_Told):
    success: bool
    user: NewColleague
    session_token: str | None
    """The value of NextAuth's session cookie, for somebody new: the link has shown whose mailbox it is.

    Null for whom the school knew before: the inviter has seen the link too, and may not become them.
    """
