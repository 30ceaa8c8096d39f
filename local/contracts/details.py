"""What stands in `details` of an error, for programs: which field, which other times, which limit."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kernel.errors import (
    AppError,
    Conflict,
    Forbidden,
    IllegalStatusChange,
    InvalidInput,
    InvalidSignature,
    MethodNotAllowed,
    RateLimited,
    SlotUnavailable,
    SyncInProgress,
)
from kernel.trpc_fields import ABSENT
from resman.model import TourStatus
from resman.schemas import Day, Moment


class _Details(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Camel(_Details):
    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True)


class BrokenRule(_Details):
    field: str
    """Its path, such as `attendee.email`; `body` or `query` where the rule is about no field in particular."""
    message: str
    """What it must be; for people."""


class WrongSignature(_Details):
    rule: str


class UsedUp(_Details):
    """Where a school's plan does not allow more."""

    plan: str
    limit: int
    of: str
    """Such as `workshops`."""


class AllowedMethods(_Details):
    allow: str


class TourStands(_Details):
    status: TourStatus
    allowed: list[TourStatus]
    """What it can become."""


class FreeTime(_Details):
    date: Day
    time: str
    datetime: Moment


class OtherTimes(_Details):
    alternatives: list[FreeTime]
    """As `preferred_date` and `preferred_time` take them."""
    next_available_date: Day = ABSENT
    appointment_id: str = ABSENT
    """The prospect's tour that takes this time already."""


class RunningSync(_Camel):
    sync_id: int


class Limit(_Camel):
    limit: int
    window_seconds: int


OF: dict[type[AppError], Any] = {
    InvalidInput: list[BrokenRule],
    InvalidSignature: WrongSignature,
    Forbidden: UsedUp,
    MethodNotAllowed: AllowedMethods,
    Conflict: dict[str, Any],
    IllegalStatusChange: TourStands,
    SlotUnavailable: OtherTimes,
    SyncInProgress: RunningSync,
    RateLimited: Limit,
}
"""Of each error that may have some. A plain conflict has what its message names: seats, classes, a limit."""
