"""Calls of procedures as they go over the wire, for those who have no client of tRPC."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Call:
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
