"""A slug for every title: ASCII, stable, and none that means something else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersio.workshop.slugs import MAX_LENGTH, RESERVED, numbered, slug_of

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Business English Workshop", "business-english-workshop"),
        ("  Déjà vu — L'été!  ", "deja-vu-l-ete"),
        ("Deutsch für Anfänger: Straße & Größe", "deutsch-fur-anfanger-strasse-grosse"),
        ("日本語", "ribenyu"),
        ("العربية", "l-rbyh"),
        ("Ελληνικά", "ellinika"),
        ("Русский язык", "russkii-yazyk"),
        ("한국어 회화", "hangugeo-hoehwa"),
        ("हिन्दी", "hindi"),
        ("🎉🎊", "tada-confetti-ball"),
        ("İstanbul", "istanbul"),
    ],
)
def test_a_title_in_any_script_gives_a_slug_that_can_be_read(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize("title", ["...", "", "\u200d\u200d", "---", "\ud800"])
def test_a_title_that_spells_nothing_is_called_workshop(title: str) -> None:
    assert slug_of(title) == "workshop"


def test_the_same_letters_in_another_unicode_form_give_the_same_slug() -> None:
    assert slug_of("Cafe\u0301") == slug_of("Caf\u00e9") == "cafe"


@pytest.mark.parametrize(
    ("title", "slug"), [("New", "workshop-new"), ("api!", "workshop-api"), ("2026", "workshop-2026")]
)
def test_a_word_or_number_that_addresses_something_else_is_not_used_alone(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_a_title_whose_start_is_reserved_stays_distinct_when_it_is_cut() -> None:
    assert slug_of("New " + "x" * 96) == "workshop-new"


def test_a_long_title_is_cut_between_words() -> None:
    assert slug_of("conversation " * 8) == "-".join(["conversation"] * 6)


@given(st.text(max_size=100))
def test_every_title_gives_one_lower_case_ascii_slug_that_is_its_own(title: str) -> None:
    slug = slug_of(title)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= MAX_LENGTH
    assert slug not in RESERVED
    assert slug_of(slug) == slug == slug_of(title)


@given(st.text(max_size=100), st.integers(2, 100_000), st.integers(2, 100_000))
def test_numbered_slugs_are_slugs_and_differ_by_number(title: str, one: int, other: int) -> None:
    slug = slug_of(title)
    first, second = numbered(slug, one), numbered(slug, other)
    assert SLUG.fullmatch(first)
    assert len(first) <= MAX_LENGTH
    assert (first == second) == (one == other)


def test_the_second_of_a_name_is_numbered_two_and_the_first_not_at_all() -> None:
    assert numbered("business-english-workshop", 2) == "business-english-workshop-2"
    assert numbered("business-english-workshop", 1) == "business-english-workshop"
    assert len(numbered("x" * 80, 12)) == 80
