"""Requests and answers as they look: the sample events', and what the specification shows."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kernel.http import Endpoint
from local.contracts.declared import folder_of
from local.template import ROOT


def requests(endpoint: Endpoint) -> dict[str, Any]:
    """The body of the sample event, which tests keep valid."""
    event = json.loads((ROOT / "events" / folder_of(endpoint)).with_suffix(".json").read_text())
    return {"example": json.loads(event["body"])}


def answer(endpoint: Endpoint, status: str) -> Any:
    return ANSWERS.get(f"{status} {endpoint.route}")


ANSWERS: dict[str, Any] = {
    "200 GET /api/resman/tours/availability": {
        "available_slots": [
            {"time": "09:00", "staff_member": "Dana Whitfield", "duration": 30},
            {"time": "14:30", "staff_member": "Luis Ortega", "duration": 30},
        ]
    },
    "201 POST /api/resman/tours/book": {
        "appointment_id": "tour_5f0c2b7e9d3a4c1f8e6b0a9d7c5e3f21",
        "confirmed_datetime": "2026-12-01T14:00:00-06:00",
        "staff_member": "Dana Whitfield",
        "confirmation_details": {
            "location": "1200 Maple Court, Austin, TX 78701",
            "instructions": "Park at the leasing office and ring the bell.",
        },
    },
    "200 GET /api/v1/public/landing/{slug}": {
        "tenant": {"name": "Language Academy", "logoUrl": "https://cdn.example.com/logo.png"},
        "settings": {
            "templateId": "education",
            "primaryColor": "#0066FF",
            "secondaryColor": None,
            "heroImageUrl": None,
            "pageTitle": "Learn Languages Online",
            "pageSubtitle": None,
            "teacherBio": None,
            "teacherAvatarUrl": None,
            "socialLinks": {},
            "ctaText": "Book Now",
            "metaTitle": None,
            "metaDescription": None,
        },
        "workshops": [
            {
                "id": 373606034856673,
                "title": "Business English",
                "slug": "business-english",
                "description": None,
                "duration": 60,
                "price": 1500,
                "currency": "USD",
                "availableSeats": 5,
                "teacher": {"name": "John Doe", "avatarUrl": None},
                "nextOccurrence": "2026-12-07T14:00:00.000Z",
                "bookingUrl": "https://language-academy.booking.immersio.com/john-doe/business-english",
            }
        ],
    },
    "200 GET /api/v1/public/workshops/{slug}": {
        "id": 373606034856673,
        "title": "Business English",
        "slug": "business-english",
        "description": None,
        "duration": 60,
        "price": 1500,
        "currency": "USD",
        "totalSeats": 8,
        "availableSeats": 5,
        "locations": [{"type": "zoom", "displayValue": "Zoom"}],
        "teacher": {"name": "John Doe", "bio": None, "avatarUrl": None},
        "schedule": [
            {
                "date": "2026-12-07",
                "startTime": "2026-12-07T14:00:00.000Z",
                "endTime": "2026-12-07T15:00:00.000Z",
                "availableSeats": 5,
            }
        ],
        "bookingUrl": "https://language-academy.booking.immersio.com/john-doe/business-english",
        "requiresPayment": True,
        "whitelistEnabled": False,
    },
    "201 POST /api/v1/public/workshops/{slug}/bookings": {
        "booking": {
            "id": 373606034859001,
            "uid": "booking_abc123",
            "status": "pending",
            "title": "Business English",
            "startTime": "2026-12-07T14:00:00.000Z",
            "endTime": "2026-12-07T15:00:00.000Z",
            "paid": False,
        },
        "manageToken": "EXAMPLE-TOKEN",
        "manageUrl": "https://language-academy.booking.immersio.com/bookings/booking_abc123?token=EXAMPLE-TOKEN",
        "payment": {
            "checkoutUrl": "https://checkout.stripe.com/c/pay/cs_example",
            "expiresAt": "2026-11-30T10:43:00.000Z",
            "amount": 1500,
            "currency": "USD",
        },
    },
    "200 POST /api/v1/webhooks/immersio": {"success": True, "processed": True},
}
"""By status and route; tests hold them against their schemas."""


@dataclass(frozen=True)
class Call:
    """Of a procedure, as it goes over the wire."""

    procedure: str
    method: str
    sent: dict[str, Any]
    status: int
    answer: dict[str, Any]

    @property
    def request(self) -> str:
        envelope = json.dumps(self.sent, separators=(",", ":"))
        if self.method == "GET":
            return f"GET /api/trpc/{self.procedure}?input={quote(envelope)}"
        return f"POST /api/trpc/{self.procedure}\n{envelope}"


ANSWERED = Call(
    "immersio.integration.getSyncHistory",
    "GET",
    {"json": {"limit": 1}},
    200,
    {
        "result": {
            "data": {
                "json": {
                    "logs": [
                        {
                            "id": 373606034856673,
                            "syncType": "all",
                            "direction": "pull",
                            "status": "completed",
                            "recordsProcessed": 5,
                            "recordsFailed": 0,
                            "startedAt": "2026-12-01T15:00:00.000Z",
                            "completedAt": "2026-12-01T15:00:01.250Z",
                            "errorDetails": None,
                        }
                    ]
                },
                "meta": {"values": {"logs.0.startedAt": ["Date"], "logs.0.completedAt": ["Date"]}},
            }
        }
    },
)
REFUSED = Call(
    "immersio.workshop.archive",
    "POST",
    {"json": {}},
    400,
    {
        "error": {
            "json": {
                "message": "id: is required",
                "code": -32600,
                "data": {
                    "code": "BAD_REQUEST",
                    "httpStatus": 400,
                    "path": "immersio.workshop.archive",
                    "appCode": "VALIDATION_ERROR",
                    "details": [{"field": "id", "message": "is required"}],
                    "zodError": {"formErrors": [], "fieldErrors": {"id": ["is required"]}},
                },
            }
        }
    },
)
CALLS = (ANSWERED, REFUSED)
