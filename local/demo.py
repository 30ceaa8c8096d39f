"""Demo data of the tours, made by the operators' own functions: two client accounts and three properties."""

from typing import Any

from local.functions import Functions
from local.sandboxes.resman import Employee, ResmanProperty
from local.template import Template

HOURS = {"opens": "09:00", "closes": "18:00"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFERS = {
    "in_person": {"duration_minutes": 30, "instructions": "Meet us at the leasing office by the main entrance."},
    "virtual": {"duration_minutes": 30, "buffer_minutes": 0, "instructions": "Open the link; no account is needed."},
    "self_guided": {
        "duration_minutes": 45,
        "capacity": 2,
        "instructions": "Bring a photo ID; we mail you a door code.",
    },
}


def staff(person: str, name: str, priority: int) -> dict[str, Any]:
    return {"id": person, "name": name, "email": f"{person}@leasing.example", "priority": priority}


MAPLE_COURT: dict[str, Any] = {
    "account_id": "maple",
    "id": "maple-court",
    "name": "Maple Court Apartments",
    "timezone": "America/Chicago",
    "address": "1200 Maple Avenue, Austin, TX 78701",
    "resman_account_id": "400",
    "resman_property_id": "maple-court",
    "leasing_email": "maple-court@leasing.example",
    "leasing_phone": "+1 512 555 0100",
    "virtual_link": "https://meet.example/maple-court",
    "leasing_hours": {day: [HOURS] for day in WEEKDAYS} | {"saturday": [{"opens": "10:00", "closes": "16:00"}]},
    "offers": OFFERS,
    "staff": [staff("dana", "Dana Reyes", 1), staff("lee", "Lee Okafor", 1), staff("sam", "Sam Whitfield", 2)],
}
CEDAR_ROW: dict[str, Any] = {
    **MAPLE_COURT,
    "id": "cedar-row",
    "name": "Cedar Row Lofts",
    "address": "35 Cedar Row, Austin, TX 78702",
    "resman_property_id": "cedar-row",
    "leasing_email": "cedar-row@leasing.example",
    "virtual_link": "https://meet.example/cedar-row",
    "staff": [staff("noor", "Noor Haddad", 1)],
}
"""One person gives all its guided tours: the place to try many bookings of one slot."""
HARBOR_POINT: dict[str, Any] = {
    **MAPLE_COURT,
    "account_id": "harbor",
    "id": "harbor-point",
    "name": "Harbor Point Residences",
    "timezone": "America/New_York",
    "address": "8 Harbor Street, Boston, MA 02110",
    "resman_account_id": "500",
    "resman_property_id": "harbor-point",
    "leasing_email": "harbor-point@leasing.example",
    "virtual_link": "https://meet.example/harbor-point",
    "staff": [staff("ines", "Ines Calloway", 1), staff("theo", "Theo Brandt", 1)],
}
PROPERTIES = (MAPLE_COURT, CEDAR_ROW, HARBOR_POINT)


def in_resman() -> list[ResmanProperty]:
    """The same properties, as their owners set them up in ResMan."""
    return [
        ResmanProperty(
            each["resman_account_id"],
            each["resman_property_id"],
            tuple(Employee(person["id"], person["name"], person["email"]) for person in each["staff"]),
        )
        for each in PROPERTIES
    ]


def create(template: Template, functions: Functions, callback_url: str) -> dict[str, str]:
    """Set everything up; what `/_local` tells of it."""
    for each in PROPERTIES:
        functions.invoke(template.functions["ResmanOperatorsCreateProperty"], each)

    def api_key(account: dict[str, Any], *properties: dict[str, Any]) -> str:
        client = {
            "account_id": account["account_id"],
            "name": f"Demo chatbot of {account['name']}",
            "property_ids": [each["id"] for each in properties],
            "callback_url": callback_url,
        }
        return str(functions.invoke(template.functions["ResmanOperatorsCreateClient"], client)["api_key"])

    return {
        "toursApiKey": api_key(MAPLE_COURT, MAPLE_COURT, CEDAR_ROW),
        "otherToursApiKey": api_key(HARBOR_POINT, HARBOR_POINT),
        "propertyId": MAPLE_COURT["id"],
        "singleStaffPropertyId": CEDAR_ROW["id"],
        "otherPropertyId": HARBOR_POINT["id"],
    }
