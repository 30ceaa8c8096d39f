"""immersio.landing.getSettings"""

import pytest

from immersio.access.model import Role
from kernel import keys, table
from tests.support.landing import ask, publish, settings
from tests.support.schools import Schools, error, gone


def test_a_new_school_has_a_page_that_can_be_published_as_it_is(schools: Schools) -> None:
    told = settings(schools)
    assert told.pop("updatedAt").tzinfo is not None
    assert told == {
        "id": schools.academy.tenant_id,
        "templateId": "education",
        "primaryColor": "#0066FF",
        "secondaryColor": "#00A37A",
        "logoUrl": "https://cdn.example.com/language-academy.png",
        "heroImageUrl": None,
        "pageTitle": "Learn with Language Academy",
        "pageSubtitle": "Live classes in small groups. Pick a time that suits you, and book your seat.",
        "teacherBio": None,
        "teacherAvatarUrl": None,
        "socialLinks": {},
        "ctaText": "Book now",
        "metaTitle": None,
        "metaDescription": None,
        "isPublished": False,
        "publicUrl": None,
    }


def test_to_look_at_it_writes_nothing(schools: Schools) -> None:
    before = schools.rows()
    settings(schools)
    assert schools.rows() == before


def test_the_longest_name_of_a_school_makes_a_title_that_may_be_saved(schools: Schools) -> None:
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"name": "Ä" * 200}))
    assert len(settings(schools)["pageTitle"]) == 100


def test_where_it_is_is_told_once_it_is_published(schools: Schools) -> None:
    publish(schools)
    told = settings(schools)
    assert (told["isPublished"], told["publicUrl"]) == (True, "https://language-academy.booking.immersio.com")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
def test_all_of_the_staff_may_look_at_it(schools: Schools, role: Role) -> None:
    assert settings(schools, role=role)["id"] == schools.academy.tenant_id


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask(schools, "getSettings", {}, None, Role.OWNER)
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
