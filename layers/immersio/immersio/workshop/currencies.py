"""The currencies that Stripe charges cards in, and how it counts an amount of each (INV-22).

A library of ISO 4217 would not do: Stripe takes fewer currencies than there are, and counts some of them in another
unit (Madagascar's ariary has decimals, but not at Stripe; Iceland's króna has none, but there it has two).
See https://docs.stripe.com/currencies.
"""

from decimal import Decimal

from kernel.errors import InvalidInput


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


WHOLE_ONLY = _codes("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF")
"""No decimals: 500 is 500 yen."""
CENTS_ARE_ZERO = _codes("ISK UGX")
"""No decimals either, but counted as if there were two, and those are 00."""
THREE_DECIMALS = _codes("BHD JOD KWD OMR TND")
"""Counted in thousandths, of which the last is 0."""
TWO_DECIMALS = _codes(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK
    DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR
    LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
    RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD XCG YER ZAR ZMW
    """
)
CHARGED = WHOLE_ONLY | CENTS_ARE_ZERO | THREE_DECIMALS | TWO_DECIMALS
HIGHEST_PRICE = 99_999_999
"""Stripe's own limit: eight digits."""


def currency_code(text: str) -> str:
    """`eur` as `EUR`."""
    code = text.upper()
    if code not in CHARGED:
        raise ValueError("must be the three letters of a currency that Stripe charges, such as USD")
    return code


def check_price(price: int, currency: str) -> None:
    """Refuse an amount that Stripe would not charge in this currency."""
    if currency in THREE_DECIMALS and price % 10:
        raise InvalidInput.field("price", f"must end in 0: {currency} is counted in thousandths, charged in hundredths")
    if currency in CENTS_ARE_ZERO and price % 100:
        raise InvalidInput.field("price", f"must end in 00: {currency} has no decimals, but is counted with two")


def in_words(amount: int, currency: str) -> str:
    """Minor units as people write them: `1,500.00 USD`, `1,500 JPY`, `1.500 KWD`."""
    code = currency.upper()
    counted, shown = _decimals(code)
    return f"{Decimal(amount).scaleb(-counted):,.{shown}f} {code}"


def _decimals(code: str) -> tuple[int, int]:
    """With how many an amount is counted, and with how many it is written."""
    if code in WHOLE_ONLY:
        return 0, 0
    if code in CENTS_ARE_ZERO:
        return 2, 0
    return (3, 3) if code in THREE_DECIMALS else (2, 2)
