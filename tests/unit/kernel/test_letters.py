"""Letters: colours that stay readable, and text without holes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import letters

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


def test_contrast_is_reckoned_as_the_guidelines_do() -> None:
    assert letters.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert letters.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@given(colour=COLOURS)
def test_words_stay_readable_in_a_letter_of_any_colour(colour: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1, on the colour as in the links on white."""
    palette = letters.palette(colour)
    assert letters.contrast(palette["on_accent"], palette["accent"]) >= letters.READABLE
    assert letters.contrast(palette["link_colour"], "#FFFFFF") >= letters.READABLE


def test_what_a_template_leaves_out_leaves_no_hole() -> None:
    assert letters.tidy("\n\n  \nHello  \n\n\n\nBye\n-- \n\n") == "Hello\n\nBye\n--\n"
