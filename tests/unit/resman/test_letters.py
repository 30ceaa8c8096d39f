"""The words of a notice: complete in both forms, true to the property's clock, safe with any input, readable."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from kernel.letters import Letter, contrast, readable_on
from resman import letters, notices
from resman.notices import Channel, Notice
from resman.notifications import SENDERS
from resman.property import TourType
from tests.support.pages import Page
from tests.support.tours import JONAS, TUESDAY_TWO_PM, a_property, a_prospect, a_tour

LETTERS = [(channel, notice) for channel, notice in SENDERS if channel is not Channel.TEXT]
TEXTS = [notice for channel, notice in SENDERS if channel is Channel.TEXT]
ANY_TEXT = st.text(st.characters(codec="utf-8"))
THURSDAY = TUESDAY_TWO_PM + timedelta(days=2)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(datetime(2026, 11, 30, 20, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def write(notice: Notice, channel: Channel = Channel.PROSPECT, *, property: Any = None, **tour: Any) -> Letter:
    of, at = a_tour(**tour), property or a_property()
    owed = notices.owed(of, at, notice, channel, alternatives=(THURSDAY,), previously_at=THURSDAY, guide=JONAS)
    return letters.write(owed, of, at)


@pytest.mark.parametrize(
    ("instant", "zone", "words"),
    [
        (TUESDAY_TWO_PM, "America/Chicago", "Tuesday, December 1, 2026 at 2:00 PM CST"),
        (datetime(2026, 7, 4, 17, 5, tzinfo=UTC), "America/Chicago", "Saturday, July 4, 2026 at 12:05 PM CDT"),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "America/Chicago", "Sunday, November 1, 2026 at 12:30 AM CDT"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "America/Chicago", "Sunday, November 1, 2026 at 1:30 AM CDT"),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "America/Chicago", "Sunday, November 1, 2026 at 1:30 AM CST"),
        (TUESDAY_TWO_PM, "America/Sao_Paulo", "Tuesday, December 1, 2026 at 5:00 PM UTC-03"),
    ],
)
def test_a_time_is_said_as_the_clock_at_the_property_shows_it(instant: datetime, zone: str, words: str) -> None:
    assert letters.when(instant, a_property(timezone=zone)) == words


@pytest.mark.parametrize(("channel", "notice"), LETTERS)
def test_every_letter_has_a_subject_and_says_in_both_forms_whose_tour_it_is(channel: Channel, notice: Notice) -> None:
    letter = write(notice, channel)

    assert letter.subject
    for form in (letter.text, Page(letter.html).shown):
        assert "Ada Lovelace" in form
        assert "Garden Court" in form


@pytest.mark.parametrize("notice", [Notice.CONFIRMATION, Notice.REMINDER, Notice.RESCHEDULE])
def test_both_forms_say_when_where_with_whom_and_how_to_change_it(notice: Notice) -> None:
    letter = write(notice, unit_preferences=("2 bedrooms", "balcony"))

    for form in (letter.text, Page(letter.html).shown):
        for fact in (
            "Tuesday, December 1, 2026 at 2:00 PM CST",
            "1200 Elm Street, Austin, TX 78701",
            "Maria Alvarez",
            "Bring a photo ID.",
            "2 bedrooms, balcony",
            "(512) 555-0142",
            "Need another time?",
        ):
            assert fact in form


def test_a_virtual_tour_is_joined_and_a_self_guided_one_has_no_guide() -> None:
    link = f"https://video.example.com/garden-court/{a_tour().id}"
    virtual = write(Notice.CONFIRMATION, type=TourType.VIRTUAL)
    alone = write(Notice.CONFIRMATION, type=TourType.SELF_GUIDED, staff=None)

    assert link in virtual.text
    assert link in Page(virtual.html).links
    assert "Elm Street" not in virtual.text.split("--")[0]
    assert "guide:" not in alone.text
    assert "Self-guided tour" in alone.text


@pytest.mark.parametrize("channel", [Channel.PROSPECT, Channel.STAFF])
def test_an_apology_offers_only_times_that_are_still_ahead(channel: Channel, clock: Any) -> None:
    assert "Thursday, December 3, 2026 at 2:00 PM CST" in write(Notice.APOLOGY, channel).text

    clock.move_to(THURSDAY)
    assert "Thursday" not in write(Notice.APOLOGY, channel).text


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 12, 1, 6, tzinfo=UTC), "today"),
        (datetime(2026, 12, 1, 5, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 11, 28, 5, tzinfo=UTC), "on Tuesday"),
    ],
)
def test_today_and_tomorrow_are_the_propertys_days(now: datetime, day: str, clock: Any) -> None:
    clock.move_to(now)

    assert f"is {day}." in write(Notice.REMINDER).text


def test_staff_learn_who_comes_and_what_they_asked_for() -> None:
    letter = write(Notice.CONFIRMATION, Channel.STAFF, special_requests="Step-free, please.")

    assert letter.subject == "New tour: Ada Lovelace, Tue, Dec 1 at 2:00 PM CST"
    for form in (letter.text, Page(letter.html).shown):
        for fact in ("+1 512 555 0199", "ada@example.com", "Step-free, please.", a_tour().id):
            assert fact in form
    assert {"tel:+15125550199", "mailto:ada@example.com"} <= set(Page(letter.html).links)


@pytest.mark.parametrize("notice", TEXTS)
def test_a_text_is_one_short_line_that_names_the_property(notice: Notice) -> None:
    owed = notices.owed(a_tour(), a_property(), notice, Channel.TEXT)
    text = letters.write_text(owed, a_tour(), a_property())

    assert text.startswith("Garden Court: ")
    assert "\n" not in text
    assert len(text) <= 160


@pytest.mark.parametrize(("channel", "notice"), LETTERS)
def test_a_hostile_name_is_shown_and_never_run(channel: Channel, notice: Notice) -> None:
    hostile = '<script>alert(1)</script>" onclick=x <img src=x onerror=y>'
    letter = write(notice, channel, prospect=a_prospect(name=hostile), special_requests=hostile)
    page = Page(letter.html)

    assert not {"script", "img"} & set(page.tags)
    assert hostile in page.shown


def test_a_name_of_several_lines_cannot_pose_as_a_paragraph_of_ours() -> None:
    name = "Ada\n\nYour tour is cancelled\u2028Pay here: \u202emoc.live"
    letter = write(Notice.CONFIRMATION, Channel.STAFF, prospect=a_prospect(name=name), special_requests=name)

    assert "\nYour tour" not in letter.text
    assert letter.subject.startswith("New tour: Ada Your tour is cancelled Pay here: moc.live, Tue")
    assert "\u202e" not in letter.text + letter.html


@given(name=ANY_TEXT, request=ANY_TEXT, home=ANY_TEXT, letter=st.sampled_from(LETTERS))
def test_any_name_and_any_request_can_be_written(
    name: str, request: str, home: str, letter: tuple[Channel, Notice]
) -> None:
    channel, notice = letter
    written = write(notice, channel, prospect=a_prospect(name=name), special_requests=request, unit_preferences=(home,))

    plain = Page(write(notice, channel, unit_preferences=("home",), special_requests="request").html).tags
    assert "\n" not in written.subject
    assert set(Page(written.html).tags) <= set(plain)


@given(colour=st.integers(0, 0xFFFFFF).map("#{:06X}".format))
def test_words_stay_readable_on_any_colour_a_property_chooses(colour: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1, on the coloured band as in the links on white."""
    page = write(Notice.CONFIRMATION, property=a_property(colour=colour)).html
    link = page.split("a { color: ")[1][:7]

    assert contrast(readable_on(colour), colour) >= 4.5
    assert contrast(link, "#FFFFFF") >= 4.5


@pytest.mark.parametrize(("channel", "notice"), LETTERS)
def test_a_page_names_its_language_and_title_and_has_one_heading(channel: Channel, notice: Notice) -> None:
    letter = write(notice, channel)

    assert '<html lang="en"' in letter.html
    assert Page(letter.html).tags.count("h1") == Page(letter.html).tags.count("title") == 1
    assert f"<title>{letter.subject}</title>" in letter.html
