"""immersio.landing.publish"""

from datetime import timedelta

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock
from tests.support.landing import publish, settings, update
from tests.support.schools import Schools, error, gone, result


def test_the_public_sees_it_from_now_on(schools: Schools) -> None:
    with time_machine.travel(clock.now(), tick=False):
        told = result(publish(schools))
        assert told == {
            "success": True,
            "publicUrl": "https://language-academy.booking.immersio.com",
            "publishedAt": clock.now(),
        }
    school = result(schools.call("immersio.tenant.get", schools.academy.cookie(Role.OWNER), sent={}))
    assert school["landingPagePublished"] is True


def test_once_more_changes_nothing(schools: Schools) -> None:
    first = result(publish(schools))
    before = schools.rows()
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert result(publish(schools)) == first
    assert schools.rows() == before


def test_what_was_changed_before_stays_and_so_does_what_is_changed_after(schools: Schools) -> None:
    update(schools, pageTitle="Before")
    publish(schools)
    update(schools, ctaText="After")
    now = settings(schools)
    assert (now["pageTitle"], now["ctaText"], now["isPublished"]) == ("Before", "After", True)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.STUDENT])
def test_a_teacher_may_not(schools: Schools, role: Role) -> None:
    """INV-24"""
    before = schools.rows()
    assert publish(schools, role=role).status == 403
    assert schools.rows() == before


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = publish(schools)
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
