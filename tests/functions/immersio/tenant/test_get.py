"""immersio.tenant.get"""

import pytest

from immersio.access.model import Role
from immersio.tenant.plan import PLANS
from kernel import keys, table
from tests.support.schools import Schools, error, gone, result

OWNER = Role.OWNER


def test_the_school_is_told_as_specified(schools: Schools) -> None:
    school = result(schools.call("immersio.tenant.get", schools.academy.cookie(OWNER), sent={}))
    assert school.pop("createdAt").tzinfo is not None
    assert school == {
        "id": schools.academy.tenant_id,
        "name": "Language Academy",
        "slug": "language-academy",
        "logoUrl": "https://cdn.example.com/language-academy.png",
        "plan": {
            "type": "growth",
            "maxTeachers": 5,
            "maxBookingsPerMonth": 200,
            "maxEventTypes": -1,
            "features": {"whitelist": True, "immersioSync": True, "customEmails": True},
        },
        "stripeConnected": False,
        "immersioConnected": False,
        "landingPagePublished": False,
    }


def test_a_school_without_a_logo_has_null_for_one(schools: Schools) -> None:
    assert result(schools.call("immersio.tenant.get", schools.studio.cookie(OWNER)))["logoUrl"] is None


@pytest.mark.parametrize(
    ("plan", "limits"),
    [
        ("lite", (1, 10, 1)),
        ("starter", (2, 50, 5)),
        ("growth", (5, 200, -1)),
        ("pro", (20, 1000, -1)),
        ("enterprise", (-1, -1, -1)),
    ],
)
def test_each_plan_has_its_limits(schools: Schools, plan: str, limits: tuple[int, int, int]) -> None:
    assert plan in PLANS
    table.write(table.Update(key=keys.tenant(schools.studio.tenant_id), set={"plan_type": plan}))
    told = result(schools.call("immersio.tenant.get", schools.studio.cookie(OWNER)))["plan"]
    assert (told["maxTeachers"], told["maxBookingsPerMonth"], told["maxEventTypes"]) == limits


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.studio)
    reply = schools.call("immersio.tenant.get", schools.studio.cookie(OWNER))
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")


def test_an_input_that_is_no_object_is_refused(schools: Schools) -> None:
    reply = schools.call("immersio.tenant.get", schools.academy.cookie(OWNER), sent="academy")
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
