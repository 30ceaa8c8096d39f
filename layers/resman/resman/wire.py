"""ResMan's partner API v1 on the wire: a form in, an envelope out.

The full specification goes to partners only, so every assumption about it stands here and in
`resman.lead_management`, which writes and reads the one document that carries prospects and tours.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from pydantic import SecretStr

from resman.port import Employee, Word
from resman.property import Property

GET_EMPLOYEES = "Leasing/GetEmployees"
GET_PROSPECT_SOURCES = "Leasing/GetProspectSources"
SEARCH_PROSPECTS = "MITS/SearchProspects"
POST_LEAD_MANAGEMENT = "MITS/PostLeadManagement4_0"

Node = Mapping[str, Any]
"""A part of an answer; XML attributes are keys that start with `@`, mixed text is `#text`."""


class Times(StrEnum):
    """In which zone ResMan reads and writes times without an offset, a setting of the adapter."""

    UTC = "utc"
    PROPERTY = "property"

    def zone(self, property: Property) -> tzinfo:
        return UTC if self is Times.UTC else property.zone


class Credentials(Word):
    integration_partner_id: str
    api_key: SecretStr

    def hide_in(self, text: str) -> str:
        """The text without the key, should ResMan repeat it (INV-26)."""
        return text.replace(self.api_key.get_secret_value(), "[hidden]")


class NotAnAnswer(Exception):
    """What came back is not ResMan's envelope: a proxy's page, or half an answer."""


# The form and the envelope


def form(credentials: Credentials, property: Property, fields: Mapping[str, str]) -> dict[str, str]:
    return {
        "IntegrationPartnerID": credentials.integration_partner_id,
        "ApiKey": credentials.api_key.get_secret_value(),
        "AccountID": property.resman_account_id,
        "PropertyID": property.resman_property_id,
        **fields,
    }


def read_answer(body: str) -> Node:
    """The envelope, from JSON or from XML: ResMan does not always heed `Accept`."""
    answer = _json(body) if body.lstrip().startswith("{") else _xml(body)
    if not isinstance(answer, dict) or not text(answer.get("Status")):
        raise NotAnAnswer("no envelope with a Status")
    return answer


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise NotAnAnswer(str(error)) from error


def _xml(body: str) -> Any:
    try:
        return xmltodict.parse(body).get("ResMan")
    except (ExpatError, ValueError) as error:
        raise NotAnAnswer(str(error)) from error


def error_in(answer: Node) -> str | None:
    """Why ResMan said no, or None if it said yes; the HTTP status is 200 either way."""
    if text(answer.get("Status")) == "Success":
        return None
    return text(answer.get("ErrorDescription")) or "ResMan gave no reason"


def speaks_of_credentials(error: str) -> bool:
    return re.search(r"credential|api ?key|integration ?partner|not authori[sz]ed", error, re.IGNORECASE) is not None


def is_window_too_large(status: int, body: str) -> bool:
    return status == 502 and "buffer overflow" in body.lower()


def items(node: Any) -> list[Any]:
    """Always a list: several things come as a list, one as the thing itself, none as null or an empty string."""
    if node is None or node == "":
        return []
    return node if isinstance(node, list) else [node]


def text(node: Any) -> str | None:
    value = node.get("#text") if isinstance(node, dict) else node
    return (str(value).strip() or None) if value is not None else None


def attribute(node: Any, name: str) -> str | None:
    return text(node.get(f"@{name}", node.get(name))) if isinstance(node, dict) else None


def inside(node: Any, *path: str) -> Any:
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _listed(answer: Node, plural: str, singular: str) -> list[Any]:
    """`{"Employees": [...]}` in JSON, `<Employees><Employee/>…` in XML."""
    inner = inside(answer, plural, singular)
    return items(inner if inner is not None else answer.get(plural))


# Times


def write_time(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone).replace(microsecond=0, tzinfo=None).isoformat()
    return f"{local}Z" if zone is UTC else local


def read_time(value: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def modified_between(since: datetime, until: datetime, zone: tzinfo) -> dict[str, str]:
    return {"ModifiedStartDateTime": write_time(since, zone), "ModifiedEndDateTime": write_time(until, zone)}


# Lists of the property


def employees_in(answer: Node) -> tuple[Employee, ...]:
    return tuple(
        Employee(id=employee_id, name=attribute(row, "Name") or "", email=attribute(row, "Email") or "")
        for row in _listed(answer, "Employees", "Employee")
        if (employee_id := attribute(row, "ID"))
    )


def sources_in(answer: Node) -> dict[str, str]:
    """Source ids by name."""
    rows = _listed(answer, "ProspectSources", "ProspectSource")
    return {name: found for row in rows if (name := attribute(row, "Name")) and (found := attribute(row, "ID"))}
