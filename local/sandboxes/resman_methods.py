"""The methods of ResMan's partner API that the sandbox understands, and what their answers look like."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from flask import request

from local.sandboxes.resman_cards import Event, GuestCards, Prospect, Refused, ResmanProperty, utc

Answer = dict[str, Any]
Method = Callable[[GuestCards, ResmanProperty], Answer]


class WindowTooLarge(Exception):
    """ResMan's proxy gives up on an answer that grows too long."""


def methods(largest_window: timedelta) -> dict[str, Method]:
    return {
        "Leasing/GetEmployees": get_employees,
        "Leasing/GetProspectSources": get_prospect_sources,
        "Leasing/GetLostProspectReasons": get_lost_prospect_reasons,
        "Property/GetUnits": get_units,
        "MITS/SearchProspects": partial(search_prospects, largest_window=largest_window),
        "MITS/PostLeadManagement4_0": post_lead_management,
    }


def get_employees(_: GuestCards, home: ResmanProperty) -> Answer:
    return {"Employees": [{"ID": one.id, "Name": one.name, "Email": one.email} for one in home.employees]}


def get_prospect_sources(_: GuestCards, home: ResmanProperty) -> Answer:
    return {"ProspectSources": [{"ID": id_, "Name": name} for id_, name in home.sources.items()]}


def get_lost_prospect_reasons(_: GuestCards, home: ResmanProperty) -> Answer:
    return {"LostProspectReasons": [{"ID": id_, "Name": name} for id_, name in home.lost_reasons.items()]}


def get_units(_: GuestCards, home: ResmanProperty) -> Answer:
    return {"Units": [{"UnitNumber": unit} for unit in home.units]}


def post_lead_management(cards: GuestCards, home: ResmanProperty) -> Answer:
    try:
        document = xmltodict.parse(request.form.get("Xml", ""))
    except (ExpatError, ValueError):
        raise Refused("Xml is not well-formed") from None
    return _lead_management(cards.post(home, document))


def search_prospects(cards: GuestCards, home: ResmanProperty, largest_window: timedelta) -> Answer:
    asked = request.form
    tests: list[Callable[[Prospect], bool]] = []
    if "ProspectID" in asked:
        tests.append(lambda prospect: prospect.id == asked["ProspectID"])
    tests += [partial(_has, name, asked[name]) for name in ("Email", "Phone", "FirstName", "LastName") if name in asked]
    if "ModifiedStartDateTime" in asked:
        tests.append(_modified_within(largest_window))
    if not tests:
        raise Refused("At least one search criterion is required")
    return _lead_management([prospect for prospect in cards.of(home) if all(test(prospect) for test in tests)])


def _has(name: str, value: str, prospect: Prospect) -> bool:
    held = {
        "Email": prospect.email,
        "Phone": prospect.phone,
        "FirstName": prospect.first_name,
        "LastName": prospect.last_name,
    }
    return held[name].lower() == value.lower()


def _modified_within(largest_window: timedelta) -> Callable[[Prospect], bool]:
    try:
        start = utc(request.form["ModifiedStartDateTime"])
        end = utc(request.form.get("ModifiedEndDateTime") or datetime.now(UTC).isoformat())
    except ValueError:
        raise Refused("ModifiedStartDateTime and ModifiedEndDateTime must be dates") from None
    if end - start > largest_window:
        raise WindowTooLarge
    return lambda prospect: start <= prospect.modified_at <= end


def _lead_management(prospects: list[Prospect]) -> Answer:
    found = {"Prospect": [_prospect(prospect) for prospect in prospects]} if prospects else None
    return {"Response": {"LeadManagement": {"Prospects": found}}}


def _prospect(prospect: Prospect) -> Answer:
    ids = {"ProspectID": prospect.id, "PersonID": prospect.person_id}
    return {
        "Customers": {
            "Customer": [
                {
                    "@Type": prospect.type,
                    "Identification": [{"@IDType": kind, "@IDValue": value} for kind, value in ids.items()],
                    "Name": {"FirstName": prospect.first_name, "LastName": prospect.last_name},
                    "Phone": [{"@PhoneType": "cell", "PhoneNumber": prospect.phone}] if prospect.phone else [],
                    "Email": prospect.email,
                }
            ]
        },
        "CustomerPreferences": {"DesiredUnit": [{"MarketingName": unit} for unit in prospect.desired_units]},
        "Events": {"Event": [_event(event) for event in prospect.events.values()]},
    }


def _event(event: Event) -> Answer:
    answer: Answer = {
        "@EventType": event.type,
        "@EventDate": _time(event.starts_at),
        "EventID": {"@IDValue": event.id},
        "TransactionSource": event.source_id,
        "Comments": event.comments,
        "Status": event.status,
        "LastModified": _time(event.modified_at),
    }
    if event.employee:
        first, _, last = event.employee.name.partition(" ")
        agent_name = {"FirstName": first, "LastName": last}
        answer["Agent"] = {"AgentID": {"@IDValue": event.employee.id}, "AgentName": agent_name}
    return answer


def _time(moment: datetime) -> str:
    """Without an offset, as ResMan writes it."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
