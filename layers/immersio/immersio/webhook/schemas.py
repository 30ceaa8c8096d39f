"""What a school reads of its deliveries, and how it has them repeated."""

from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, Field, model_validator

from kernel.fields import Identifier
from kernel.outbox import Status
from kernel.trpc_fields import ABSENT, Input, JsDate, JsInt, Output

MOST_ON_A_PAGE = 100
StatusName = Literal["pending", "delivered", "failed", "unsent"]
ANY_STATUS = cast("StatusName", "")


def _fits_on_a_page(limit: int) -> int:
    if not 1 <= limit <= MOST_ON_A_PAGE:
        raise ValueError(f"must be from 1 to {MOST_ON_A_PAGE}; the rest is on the next pages")
    return limit


Limit = Annotated[
    JsInt, AfterValidator(_fits_on_a_page), Field(json_schema_extra={"minimum": 1, "maximum": MOST_ON_A_PAGE})
]


class ListDeliveriesInput(Input):
    status: StatusName = ANY_STATUS
    page: Annotated[JsInt, Field(ge=1)] = 1
    limit: Limit = 50

    @property
    def statuses(self) -> tuple[Status, ...]:
        return tuple(Status) if self.status == ANY_STATUS else (Status(self.status),)

    @property
    def first(self) -> int:
        """How many are on the pages before."""
        return (self.page - 1) * self.limit


class AttemptView(Output):
    at: JsDate
    status_code: int | None
    """Null: nothing was answered."""
    duration_ms: int | None
    answer: str | None
    """How its body began."""
    error: str | None
    """Null: it was taken."""


class DeliveryView(Output):
    webhook_id: str
    event: str
    status: StatusName
    attempts: int
    next_attempt_at: JsDate | None
    """Null: nothing more is tried."""
    last_status_code: int | None
    last_error: str | None
    created_at: JsDate
    last_duration_ms: int | None
    last_answer: str | None
    history: list[AttemptView]
    """The oldest first; also of the time before a replay."""


class DeliveriesPage(Output):
    deliveries: list[DeliveryView]
    total_count: int
    """On all pages."""


class ReplayInput(Input):
    webhook_id: Identifier = ABSENT
    since: JsDate = ABSENT

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("send either webhookId, to repeat one delivery, or since, to repeat what was not told")
        return self


class Replayed(Output):
    success: bool
    replayed: int
    """How many are told again; many are worked through one after the other."""


class RotatedSecret(Output):
    secret: str
    """Shown this once."""
    previous_valid_until: JsDate | None
    """Until then both sign; null: there was none."""
