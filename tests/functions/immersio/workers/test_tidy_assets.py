"""immersio/workers/tidy_assets"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.asset import store, tidying
from kernel import keys, table
from tests.support import landing
from tests.support.assets import objects, uploaded
from tests.support.lists import meanwhile
from tests.support.pictures import picture
from tests.support.schools import Schools, error
from tests.support.workers import Context, function

DAY = timedelta(days=1)
SHOWN = ("logoUrl", "heroImageUrl", "teacherAvatarUrl")


@pytest.fixture
def clock_of_the_tests() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-12-01T08:00:00Z", tick=False) as traveller:
        yield traveller


def tidy() -> Any:
    return function("immersio/workers/tidy_assets")({}, Context())


def left() -> set[str]:
    return {f"https://assets.example.net/{key}" for key in objects()}


def test_what_is_shown_stays_and_the_rest_goes(clock_of_the_tests: time_machine.Traveller, schools: Schools) -> None:
    shown: dict[str, Any] = {name: uploaded(schools, picture()) for name in SHOWN}
    never_used, of_studio = uploaded(schools, picture()), uploaded(schools, picture(), school=schools.studio)
    landing.update(schools, logoUrl=never_used)
    landing.update(schools, **shown | {"heroImageUrl": f"{shown['heroImageUrl']}?v=2"})
    landing.update(schools, school=schools.studio, logoUrl=of_studio)
    clock_of_the_tests.shift(2 * DAY)
    assert tidy() == {"deleted": 1}
    assert left() == {*shown.values(), of_studio}
    assert tidy() == {"deleted": 0}


def test_what_was_uploaded_today_may_still_be_used(
    clock_of_the_tests: time_machine.Traveller, schools: Schools
) -> None:
    url = uploaded(schools, picture())
    clock_of_the_tests.shift(DAY)
    assert tidy() == {"deleted": 0}
    clock_of_the_tests.shift(timedelta(seconds=1))
    assert tidy() == {"deleted": 1}
    assert left() == set()
    assert landing.settings(schools)["heroImageUrl"] is None
    assert url not in left()


def test_a_page_that_was_changed_a_minute_ago_is_still_seen_as_it_was(
    clock_of_the_tests: time_machine.Traveller, schools: Schools
) -> None:
    url = uploaded(schools, picture())
    landing.update(schools, heroImageUrl=url)
    clock_of_the_tests.shift(2 * DAY)
    landing.update(schools, heroImageUrl=None)
    assert tidy() == {"deleted": 0}
    clock_of_the_tests.shift(timedelta(hours=1, seconds=1))
    assert tidy() == {"deleted": 1}


def test_nothing_of_the_page_changes_by_it(clock_of_the_tests: time_machine.Traveller, schools: Schools) -> None:
    for school in (schools.academy, schools.studio):
        uploaded(schools, picture(), school=school)
    landing.update(schools, pageTitle="Mine")
    before = [landing.settings(schools, school) for school in (schools.academy, schools.studio)]
    clock_of_the_tests.shift(2 * DAY)
    assert tidy() == {"deleted": 2}
    assert [landing.settings(schools, school) for school in (schools.academy, schools.studio)] == before


def test_a_change_that_comes_first_keeps_its_image(
    clock_of_the_tests: time_machine.Traveller, schools: Schools
) -> None:
    """The page was read, and then somebody named the image that was about to go."""
    url = uploaded(schools, picture())
    clock_of_the_tests.shift(2 * DAY)
    with meanwhile(lambda: landing.update(schools, logoUrl=url)):
        assert tidy() == {"deleted": 0}
    assert landing.settings(schools)["logoUrl"] == url
    assert left() == {url}


def test_a_change_that_comes_second_is_told_so(clock_of_the_tests: time_machine.Traveller, schools: Schools) -> None:
    """Between the note on the page and the deletion the image is still there; the run may also break off here."""
    url = uploaded(schools, picture())
    clock_of_the_tests.shift(2 * DAY)
    store.client().meta.events.register("before-call.s3.DeleteObjects", _breaks_off)
    with pytest.raises(ExceptionGroup, match="1 schools were not tidied"):
        tidy()
    store.client().meta.events.unregister("before-call.s3.DeleteObjects", _breaks_off)
    assert left() == {url}
    reply = landing.update(schools, heroImageUrl=url)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    (detail,) = error(reply)["details"]
    assert detail == {
        "field": "heroImageUrl",
        "message": "is no image of your school, or none any more; upload it again",
    }
    assert tidy() == {"deleted": 1}
    assert left() == set()


def test_what_was_deleted_cannot_be_shown_again(
    clock_of_the_tests: time_machine.Traveller, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where other images were deleted since, of which the page knows more lately."""
    monkeypatch.setattr(tidying, "MOST_AT_ONCE", 1)
    urls = [uploaded(schools, picture()) for _ in range(3)]
    clock_of_the_tests.shift(2 * DAY)
    assert tidy() == {"deleted": 3}
    for url in urls:
        assert landing.update(schools, heroImageUrl=url).status == 400
    assert landing.settings(schools)["heroImageUrl"] is None


def test_what_fails_for_one_school_does_not_keep_the_others_images(
    clock_of_the_tests: time_machine.Traveller, schools: Schools
) -> None:
    """Whichever of them is looked at first."""
    both = {one.slug: one for one in (schools.academy, schools.studio)}
    for slug, spoilt in both.items():
        urls = {name: uploaded(schools, picture(), school=one) for name, one in both.items()}
        clock_of_the_tests.shift(2 * DAY)
        table.write(table.Update(key=keys.tenant(spoilt.tenant_id), set={"plan_type": "none"}))
        with pytest.raises(ExceptionGroup, match="1 schools were not tidied"):
            tidy()
        assert left() == {urls[slug]}
        table.write(table.Update(key=keys.tenant(spoilt.tenant_id), set={"plan_type": "growth"}))
        assert tidy() == {"deleted": 1}


def test_many_are_deleted_some_at_a_time(
    clock_of_the_tests: time_machine.Traveller, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "MOST_AT_ONCE", 2)
    urls = [uploaded(schools, picture()) for _ in range(5)]
    landing.update(schools, heroImageUrl=urls[3])
    clock_of_the_tests.shift(2 * DAY)
    assert tidy() == {"deleted": 4}
    assert left() == {urls[3]}


def _breaks_off(**_: Any) -> None:
    raise ConnectionError
