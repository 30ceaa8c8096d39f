"""Workshops of the first demo school, made as its owner makes them: through the procedures' own functions."""

import json
from typing import Any

from local.functions import Functions
from local.template import Template

EVENINGS: dict[str, Any] = {
    "title": "Conversation Evenings",
    "description": "Come and talk. Every week, no preparation, nothing to pay.",
    "duration": 60,
    "price": 0,
    "seats": 10,
    "locations": [{"type": "google_meet", "link": "https://meet.google.com/abc-defg-hij"}],
    "recurrence": {"frequency": "weekly"},
    "workshopType": "live_class",
}
BUSINESS_ENGLISH: dict[str, Any] = {
    "title": "Business English Workshop",
    "description": "Advanced business communication skills",
    "duration": 60,
    "price": 1500,
    "currency": "USD",
    "seats": 8,
    "locations": [{"type": "zoom", "link": "https://zoom.us/j/123456"}],
    "recurrence": {"frequency": "weekly", "count": 8},
}
EXAM_COACHING: dict[str, Any] = {
    "title": "Exam Coaching",
    "description": "For those who are enrolled. Any opening of the teacher's week.",
    "duration": 30,
    "price": 0,
    "seats": 1,
    "locations": [{"type": "in_person", "address": "Lindenstraße 5, 10969 Berlin"}],
    "whitelistEnabled": True,
    "whitelistEmails": ["sofia@example.com"],
    "workshopType": "tutoring",
}


class Owner:
    """Somebody with a session, calling procedures."""

    def __init__(self, template: Template, functions: Functions, cookie: str) -> None:
        self._template, self._functions, self._cookie = template, functions, cookie

    def call(self, logical_id: str, procedure: str, sent: dict[str, Any]) -> Any:
        """The result of a mutation."""
        event = {
            "version": "2.0",
            "rawPath": f"/api/trpc/{procedure}",
            "rawQueryString": "",
            "headers": {"content-type": "application/json"},
            "cookies": [self._cookie],
            "requestContext": {"http": {"method": "POST", "sourceIp": "127.0.0.1"}, "requestId": "demo-data"},
            "body": json.dumps({"json": sent}),
            "isBase64Encoded": False,
        }
        answer = self._functions.invoke(self._template.functions[logical_id], event)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"demo data: {procedure} answered {answer['body']}")
        return json.loads(answer["body"])["result"]["data"]["json"]


def create(owner: Owner, teacher_id: int, stripe_account: str) -> dict[str, Any]:
    """A class that is free, one that costs, and one for those on its list; what `/_local` tells of them."""
    connected = {"stripeAccountId": stripe_account, "stripePublishableKey": "pk_test_language_academy"}
    owner.call("ImmersioTenantUpdateStripeCredentials", "immersio.tenant.updateStripeCredentials", connected)
    made = {
        name: owner.call("ImmersioWorkshopCreate", "immersio.workshop.create", {**wish, "teacherId": teacher_id})
        for name, wish in (("free", EVENINGS), ("paid", BUSINESS_ENGLISH), ("whitelisted", EXAM_COACHING))
    }
    return {
        "workshops": {name: one["slug"] for name, one in made.items()},
        "workshopIds": {name: one["id"] for name, one in made.items()},
    }
