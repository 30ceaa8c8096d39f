"""ANY /api/trpc/{procedures+}, and what holds for every procedure there is.

The walks below go over the handlers in functions/. One that takes an id needs a line in OWN, or a walk fails.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from immersio.access.callers import SignedIn
from immersio.access.model import Role
from immersio.asset import store as asset_store
from immersio.asset.addresses import address_of
from immersio.integration import store as integrations
from immersio.integration.model import Integration
from immersio.payment import store as payments
from immersio.payment.model import StripeCredentials
from kernel import clock, keys, session, table
from local.sandboxes import immersio, stripe
from tests.support import assets, workshops
from tests.support.events_out import happens
from tests.support.immersio import COURSE
from tests.support.pictures import picture
from tests.support.schools import Schools, error, procedures, result, sample_input
from tests.support.seats import FIRST_CLASS, WORKSHOP_ID, booked, opened
from tests.support.world import SESSION_SECRET, Reply

BOOKING_UID = "booking_of_the_academy"
OWN: dict[str, Callable[[Schools], Any]] = {
    "immersio.booking.cancel": lambda schools: {"uid": BOOKING_UID},
    "immersio.booking.cancelOccurrence": lambda schools: {"workshopId": WORKSHOP_ID, "startTime": FIRST_CLASS},
    "immersio.booking.list": lambda schools: {"workshopId": WORKSHOP_ID},
    "immersio.integration.connect": lambda schools: {
        "immersioOrgId": schools.academy.org_id,
        "apiKey": immersio.DEMO_KEYS[schools.academy.org_id],
    },
    "immersio.integration.mapCourse": lambda schools: {
        "workshopId": WORKSHOP_ID,
        "immersioCourseId": known_to_academy(schools),
    },
    "immersio.landing.updateSettings": lambda schools: {"heroImageUrl": shown_by_academy(schools)},
    "immersio.landing.uploadAsset": lambda schools: {"assetType": "logo", "file": {"assetId": uploaded(schools)}},
    "immersio.tenant.updateStripeCredentials": lambda schools: {
        "stripeAccountId": connected_to_academy(schools),
        "stripePublishableKey": "pk_test_of_the_academy",
    },
    "immersio.webhook.replay": lambda schools: {"webhookId": an_event(schools)},
    "immersio.workshop.archive": lambda schools: {"id": WORKSHOP_ID},
    "immersio.workshop.create": workshops.wish,
    "immersio.workshop.get": lambda schools: {"id": WORKSHOP_ID},
    "immersio.workshop.getBookings": lambda schools: {"workshopId": WORKSHOP_ID},
    "immersio.workshop.list": lambda schools: {"teacherId": of_owner(schools)},
    "immersio.workshop.update": lambda schools: {"id": WORKSHOP_ID, "title": "Mine"},
    "immersio.workshop.updateWhitelist": lambda schools: {
        "workshopId": WORKSHOP_ID,
        "mode": "replace",
        "emails": [{"email": "ada@example.com"}],
    },
    "viewer.teams.changeMemberRole": lambda schools: {**of_team(schools, Role.ADMIN), "role": "MEMBER"},
    "viewer.teams.get": lambda schools: {"teamId": schools.academy.tenant_id},
    "viewer.teams.listMembers": lambda schools: {"teamId": schools.academy.tenant_id},
    "viewer.teams.removeMember": lambda schools: {
        f"{name}s": [number] for name, number in of_team(schools, Role.MEMBER).items()
    },
    "viewer.availability.schedule.delete": lambda schools: {"scheduleId": of_owner(schools)},
    "viewer.availability.schedule.get": lambda schools: {"scheduleId": of_owner(schools)},
    "viewer.availability.schedule.update": lambda schools: {"scheduleId": of_owner(schools), "name": "Mine"},
}
"""For each procedure that takes an id: an input that names things of the academy."""

EVERY_PROCEDURE = pytest.mark.parametrize("name", procedures())
EVERY_ROLE = pytest.mark.parametrize("role", list(Role))
BOTH_WAYS = pytest.mark.parametrize("by", ["", "procedures"], ids=["own function", "shared function"])

TAKES_AN_ID = re.compile(r"(^|(?<!template)_)u?ids?$")
"""A template of landing pages is nobody's: there are five of them."""


@pytest.fixture(autouse=True)
def a_workshop(schools: Schools) -> None:
    """The academy has one, with a booking."""
    booked(opened(schools.academy, id=WORKSHOP_ID), uid=BOOKING_UID)


def call(schools: Schools, name: str, *cookies: str, by: str = "") -> Reply:
    return schools.call(name, *cookies, sent=own_input(schools, name), by=by)


def own_input(schools: Schools, name: str) -> Any:
    """What names things of the academy; those that are not there are made, so look at the rows only after this."""
    return OWN[name](schools) if name in OWN else sample_input(name)


@EVERY_PROCEDURE
def test_every_procedure_that_takes_an_id_is_tried_with_ids_of_another_school(name: str) -> None:
    """INV-23"""
    fields = procedures()[name].input.model_fields
    assert name in OWN or not [field for field in fields if TAKES_AN_ID.search(field)]


@EVERY_PROCEDURE
def test_every_procedure_asks_who_calls(name: str) -> None:
    """INV-24"""
    assert issubclass(procedures()[name].caller, SignedIn)


@EVERY_PROCEDURE
@BOTH_WAYS
def test_without_a_valid_session_nothing_is_told_and_nothing_done(schools: Schools, name: str, by: str) -> None:
    """INV-24"""
    owner = schools.academy.users[Role.OWNER]

    def cookies(secret: str = SESSION_SECRET, hours: int = 1, **who: Any) -> list[str]:
        user = {**owner, **who}
        lifetime = timedelta(hours=hours)
        made = session.cookies(user["id"], user["email"], secret, secure=False, lifetime=lifetime)
        return [f"{cookie}={value}" for cookie, value in made.items()]

    (valid,) = cookies()
    touched = valid[:-1] + ("A" if valid[-1] != "A" else "B")
    of_nobody = cookies(id=owner["id"] + 1)
    of_another_address = cookies(email=schools.studio.users[Role.OWNER]["email"])
    invalid: tuple[list[str], ...] = ([], [touched], cookies(secret="another secret"), cookies(hours=-1))
    refused = (*invalid, of_nobody, of_another_address)
    own_input(schools, name)
    before = schools.rows()
    for sent in refused:
        reply = call(schools, name, *sent, by=by)
        assert (reply.status, error(reply)["code"], error(reply)["appCode"]) == (401, "UNAUTHORIZED", "UNAUTHORIZED")
    assert schools.rows() == before
    assert call(schools, name, valid, by=by).status not in {401, 403}


@EVERY_PROCEDURE
def test_a_locked_user_is_out_at_once(schools: Schools, name: str) -> None:
    """INV-24"""
    table.write(table.Update(key=keys.user(schools.academy.users[Role.OWNER]["id"]), set={"is_locked": True}))
    assert call(schools, name, schools.academy.cookie(Role.OWNER)).status == 401


@EVERY_PROCEDURE
def test_who_was_removed_from_the_school_is_refused_at_once(schools: Schools, name: str) -> None:
    """INV-24"""
    removed = keys.membership(schools.academy.tenant_id, schools.academy.users[Role.OWNER]["id"])
    table.write(table.Delete(key=removed))
    reply = call(schools, name, schools.academy.cookie(Role.OWNER))
    assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")


@EVERY_PROCEDURE
@EVERY_ROLE
@BOTH_WAYS
def test_the_role_is_the_tables_not_the_cookies(schools: Schools, name: str, role: Role, by: str) -> None:
    """INV-24: whatever the claims say, somebody may do what the table says, at the school that the table says."""
    studio = {"id": schools.studio.tenant_id, "slug": schools.studio.slug, "role": "OWNER"}
    lies = {"role": "OWNER", "org": studio, "orgId": studio["id"], "tenantId": studio["id"], "upId": "usr-1"}
    may = role in procedures()[name].caller.roles  # type: ignore[attr-defined]
    reply = call(schools, name, schools.academy.cookie(role, **lies), by=by)
    assert (reply.status == 403) is not may
    assert [mark for mark in schools.studio.marks if mark in reply.body] == []
    if not may:
        assert error(reply)["appCode"] == "FORBIDDEN"


@EVERY_PROCEDURE
@BOTH_WAYS
@pytest.mark.parametrize("role", [Role.OWNER, Role.STUDENT])
def test_another_schools_cookie_sees_and_changes_only_its_own(schools: Schools, name: str, role: Role, by: str) -> None:
    """INV-23, INV-24"""
    own_input(schools, name)
    before = of_academy(schools)
    reply = call(schools, name, schools.studio.cookie(role), by=by)
    assert [mark for mark in schools.academy.marks if mark in reply.body] == []
    assert of_academy(schools) == before


def test_a_new_role_holds_from_the_next_request_on(schools: Schools) -> None:
    """INV-24"""
    academy, cookie = schools.academy, schools.academy.cookie(Role.STUDENT)
    assert schools.call("immersio.tenant.get", cookie).status == 403
    membership = keys.membership(academy.tenant_id, academy.users[Role.STUDENT]["id"])
    table.write(table.Update(key=membership, set={"role": "MEMBER"}))
    assert schools.call("immersio.tenant.get", cookie).status == 200


def test_the_spelling_of_an_address_in_the_cookie_does_not_matter(schools: Schools) -> None:
    owner = schools.academy.users[Role.OWNER]
    ((name, value),) = session.cookies(owner["id"], owner["email"].upper(), SESSION_SECRET, secure=True).items()
    assert schools.call("viewer.me.get", f"{name}={value}").status == 200


def test_operators_and_workers_are_no_procedures(schools: Schools) -> None:
    """What is in the same package as the procedures is not to be called by their way."""
    for name in ("immersio.operators.createTenant", "procedures", "resman.tours.get", "viewer", "immersio"):
        reply = schools.call(name, schools.academy.cookie(Role.OWNER), by="procedures")
        assert (reply.status, error(reply)["appCode"]) == (404, "NOT_FOUND")


def test_a_caller_is_counted_wherever_the_calls_arrive(schools: Schools) -> None:
    """Specification, section 5: 1,000 requests a minute for who is signed in."""
    cookie, owner = schools.academy.cookie(Role.OWNER), schools.academy.users[Role.OWNER]["id"]
    tenant = schools.academy.tenant_id
    assert result(schools.call("viewer.me.get", cookie))["id"] == owner
    window = keys.rate_window(f"tenant {tenant} user {owner}", clock.epoch(clock.now()) // 60)
    table.write(table.Update(key=window, set={"used": 1000}))
    later = keys.rate_window(f"tenant {tenant} user {owner}", clock.epoch(clock.now()) // 60 + 1)
    table.write(table.Update(key=later, set={"used": 1000}))
    for by in ("", "procedures"):
        reply = schools.call("viewer.me.get", cookie, by=by)
        assert (reply.status, error(reply)["appCode"]) == (429, "RATE_LIMITED")


def of_owner(schools: Schools) -> int:
    """The owner's id, which is also that of the schedule they have from the start."""
    return int(schools.academy.users[Role.OWNER]["id"])


def an_event(schools: Schools) -> str:
    """Something that happened at the academy."""
    return next((message.id for message in schools.messages("WORKSHOP")), "") or happens(schools.academy).id


def connected_to_academy(schools: Schools) -> str:
    """A Stripe account that has been the academy's for a while."""
    credentials = StripeCredentials(
        tenant_id=schools.academy.tenant_id,
        id=1,
        account_id=stripe.LANGUAGE_ACADEMY,
        publishable_key="pk_test_of_the_academy",
        livemode=False,
        changed_at=clock.now(),
        changed_by=of_owner(schools),
    )
    if payments.load_owner(stripe.LANGUAGE_ACADEMY) is None:
        table.write(*payments.used_credentials(credentials))
    return stripe.LANGUAGE_ACADEMY


def known_to_academy(schools: Schools) -> str:
    """A course at Immersio of the academy, which has been connected for a while."""
    org_id = schools.academy.org_id
    connection = Integration(
        id=1,
        tenant_id=schools.academy.tenant_id,
        org_id=org_id,
        org_name="Language Academy",
        api_key=immersio.DEMO_KEYS[org_id],
        connected_at=clock.now(),
    )
    if integrations.load_integration(connection.tenant_id) is None:
        table.write(integrations.save_integration(connection))
    return COURSE


def uploaded(schools: Schools) -> str:
    """A file that the academy has just uploaded, and that nobody has looked at yet."""
    asset_id = f"asset_{schools.academy.tenant_id:032x}"
    assets.put_uploaded(schools.academy.tenant_id, asset_id, picture())
    return asset_id


def shown_by_academy(schools: Schools) -> str:
    """The address of an image of the academy's, which anybody may load and nobody else may show."""
    tenant_id = schools.academy.tenant_id
    asset_id = f"asset_{tenant_id:032x}"
    asset_store.publish(tenant_id, asset_id, "image/png", picture())
    return address_of(tenant_id, asset_id)


def of_team(schools: Schools, role: Role) -> dict[str, int]:
    """The academy's team and one of its people, as Cal.com names them."""
    return {"teamId": schools.academy.tenant_id, "memberId": int(schools.academy.users[role]["id"])}


def of_academy(schools: Schools) -> list[dict[str, Any]]:
    tenant_id = schools.academy.tenant_id
    return [row for row in schools.rows() if str(tenant_id) in row["pk"] or row.get("tenant_id") == tenant_id]
