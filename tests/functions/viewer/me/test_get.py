"""viewer.me.get"""

import hashlib

import pytest

from immersio.access.model import Role
from tests.support.schools import Schools, error, gone, result


def test_who_is_signed_in_is_told_in_cal_coms_shape(schools: Schools) -> None:
    admin = schools.academy.users[Role.ADMIN]
    me = result(schools.call("viewer.me.get", schools.academy.cookie(Role.ADMIN)))
    assert me.pop("createdDate").tzinfo is not None
    assert me == {
        "id": admin["id"],
        "name": "Akira Sato",
        "username": "akira",
        "email": "akira@language-academy.example",
        "emailMd5": hashlib.md5(b"akira@language-academy.example").hexdigest(),
        "avatar": "",
        "avatarUrl": None,
        "timeZone": "Europe/Berlin",
        "weekStart": "Sunday",
        "timeFormat": 12,
        "locale": "en",
        "organizationId": schools.academy.tenant_id,
        "organization": {
            "id": schools.academy.tenant_id,
            "name": "Language Academy",
            "slug": "language-academy",
            "isOrgAdmin": True,
            "role": "ADMIN",
        },
    }


@pytest.mark.parametrize(
    ("role", "is_admin"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.MEMBER, False), (Role.STUDENT, False)]
)
def test_everybody_may_ask_who_they_are(schools: Schools, role: Role, is_admin: bool) -> None:
    organization = result(schools.call("viewer.me.get", schools.academy.cookie(role)))["organization"]
    assert (organization["role"], organization["isOrgAdmin"]) == (role, is_admin)


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.studio)
    reply = schools.call("viewer.me.get", schools.studio.cookie(Role.OWNER))
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
