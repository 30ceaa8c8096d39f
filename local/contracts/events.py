"""The events that we send to others, each as a whole: what the body of the request is."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from immersio.webhook import bodies
from local.contracts.examples import Answers
from local.contracts.schemas import Made, Schema, generate
from resman.schemas import TourUpdated


@dataclass(frozen=True)
class Event:
    name: str
    data: type[BaseModel]
    told: str
    """Who gets it."""

    @property
    def meaning(self) -> str:
        return " ".join((self.data.__doc__ or "").split())

    @property
    def title(self) -> str:
        """A type's name for code that is generated."""
        return f"{self.data.__name__}Event"

    def envelope(self, made: Made) -> Schema:
        return {
            "title": self.title,
            "description": self.meaning,
            "type": "object",
            "required": ["event", "timestamp", "data"],
            "properties": {
                "event": {"type": "string", "const": self.name},
                "timestamp": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it happened; the same at every attempt.",
                },
                "data": made[self.data, "serialization"],
            },
            "additionalProperties": False,
        }


ALL = (
    *(Event(one.EVENT, one, "a school's `webhookUrl`, which is its Immersio's") for one in bodies.ALL),
    Event(TourUpdated.EVENT, TourUpdated, "the `callback_url` of a client of the tours API"),
)
HEADERS = {
    "webhook-id": "Stays the same over all attempts and replays: drop what you have seen.",
    "webhook-timestamp": "When this attempt was signed, in seconds since 1970.",
    "webhook-signature": "Standard Webhooks: `v1,` and base64; two of them while a secret is replaced.",
    "X-Webhook-Timestamp": "The same time, for the scheme of Immersio's own webhooks.",
    "X-Webhook-Signature": (
        'HMAC-SHA256, hex, over `"{timestamp}.{raw body}"`, after `sha256=`; the key is the whole `whsec_…`.'
    ),
    "X-Webhook-Signature-Previous": "The same with the old secret, only while a new one replaces it.",
    "X-Webhook-Sequence": "Rises with each event about one thing: an older one that comes later changes nothing.",
}
SOMETIMES = {"X-Webhook-Signature-Previous"}


def models() -> list[type[BaseModel]]:
    return [event.data for event in ALL]


def envelopes(made: Made) -> dict[str, Schema]:
    return {event.title: event.envelope(made) for event in ALL}


def webhooks(definitions: Schema) -> dict[str, Any]:
    """As OpenAPI tells what a server will be asked by us."""
    return {event.name: {"post": _operation(event, Answers(definitions))} for event in ALL}


def document() -> dict[str, Any]:
    """One JSON Schema that is met by each body that we send, and by nothing else."""
    made, definitions = generate([], models(), "#/$defs/{model}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events that we send",
        "description": "The body of the request; headers and attempts are told in docs/webhooks.md.",
        "oneOf": [{"$ref": f"#/$defs/{event.name}"} for event in ALL],
        "$defs": {**{event.name: event.envelope(made) for event in ALL}, **definitions},
    }


def _operation(event: Event, written: Answers) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{event.title}"}
    example = written.of(schema)
    return {
        "operationId": "told_" + event.name.lower().replace(".", "_"),
        "tags": ["Webhooks we send"],
        "summary": event.meaning.removesuffix("."),
        "description": f"Sent to {event.told}, until it is taken.",
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": name not in SOMETIMES,
                "description": says,
                "schema": {"type": "string"},
            }
            for name, says in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {
            "2XX": {"description": "Taken, within ten seconds; anything else is a failure, and told again later."},
            "410": {"description": "Not wanted any more: nothing is sent until the address is set again."},
        },
    }
