"""Prices as Stripe counts them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immersio.workshop.currencies import (
    CENTS_ARE_ZERO,
    CHARGED,
    HIGHEST_PRICE,
    THREE_DECIMALS,
    TWO_DECIMALS,
    WHOLE_ONLY,
    check_price,
    currency_code,
    in_words,
)
from kernel.errors import InvalidInput

STEP = {**dict.fromkeys(THREE_DECIMALS, 10), **dict.fromkeys(CENTS_ARE_ZERO, 100)}


def test_each_currency_is_counted_in_one_way() -> None:
    ways = (WHOLE_ONLY, CENTS_ARE_ZERO, THREE_DECIMALS, TWO_DECIMALS)
    assert sum(map(len, ways)) == len(CHARGED)
    assert {"USD", "EUR", "JPY", "KWD", "ISK", "UGX", "MGA"} <= CHARGED


@given(st.integers(0, HIGHEST_PRICE), st.sampled_from(sorted(CHARGED)))
def test_any_price_is_taken_exactly_if_stripe_would_charge_it(price: int, currency: str) -> None:
    """INV-22"""
    taken = False
    with suppress(InvalidInput):
        check_price(price, currency)
        taken = True
    assert taken == (price % STEP.get(currency, 1) == 0)


@given(st.text(max_size=4))
def test_any_text_is_a_currency_in_capitals_or_none(text: str) -> None:
    if text.upper() in CHARGED:
        assert currency_code(text) == text.upper()
    else:
        with pytest.raises(ValueError, match="must be the three letters of a currency"):
            currency_code(text)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (1500, "USD", "15.00 USD"),
        (5, "eur", "0.05 EUR"),
        (500, "JPY", "500 JPY"),
        (150_000_000, "KRW", "150,000,000 KRW"),
        (1500, "KWD", "1.500 KWD"),
        (150_000, "ISK", "1,500 ISK"),
        (0, "USD", "0.00 USD"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(amount: int, currency: str, words: str) -> None:
    """INV-22: nothing is divided by 100 blindly."""
    assert in_words(amount, currency) == words


@given(st.integers(0, HIGHEST_PRICE), st.sampled_from(sorted(CHARGED)))
def test_any_amount_that_can_be_charged_is_written_to_the_last_digit(price: int, currency: str) -> None:
    """INV-22"""
    price -= price % STEP.get(currency, 1)
    digits = in_words(price, currency).removesuffix(f" {currency}").replace(",", "").replace(".", "")
    assert int(digits) * (100 if currency in CENTS_ARE_ZERO else 1) == price
