"""What a school pays for, and how much of everything it may use."""

from dataclasses import dataclass
from typing import Literal

from kernel.errors import Forbidden

PlanType = Literal["lite", "starter", "growth", "pro", "enterprise"]

UNLIMITED = -1
FEATURES = {"whitelist": True, "immersioSync": True, "customEmails": True}
"""Every plan has every feature: plans differ in how much, not in what."""


@dataclass(frozen=True)
class Plan:
    type: PlanType
    teachers: int
    bookings_a_month: int
    workshops: int

    def exceeded(self, limit: int, what: str, message: str) -> Forbidden:
        """The refusal of one more: `what` names, in the plural, that of which the plan allows only `limit`."""
        return Forbidden(message, {"plan": self.type, "limit": limit, "of": what})


PLANS: dict[PlanType, Plan] = {
    plan.type: plan
    for plan in (
        Plan("lite", teachers=1, bookings_a_month=10, workshops=1),
        Plan("starter", teachers=2, bookings_a_month=50, workshops=5),
        Plan("growth", teachers=5, bookings_a_month=200, workshops=UNLIMITED),
        Plan("pro", teachers=20, bookings_a_month=1000, workshops=UNLIMITED),
        Plan("enterprise", teachers=UNLIMITED, bookings_a_month=UNLIMITED, workshops=UNLIMITED),
    )
}


def allows(limit: int, used: int) -> bool:
    return limit == UNLIMITED or used <= limit
