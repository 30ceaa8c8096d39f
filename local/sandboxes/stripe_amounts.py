"""Which amounts Stripe takes; see https://docs.stripe.com/currencies."""

from local.sandboxes.stripe_books import Refused

LARGEST = 99_999_999
NO_DECIMALS = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
WHOLE_IN_HUNDREDTHS = {"isk", "ugx"}
SMALLEST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
"""Of other currencies Stripe converts; here any amount above nothing will do."""


def check(amount: int, currency: str, param: str) -> None:
    """Refuse what Stripe would not charge in this currency."""
    _check_currency(currency, param)
    if amount > LARGEST:
        raise Refused(400, "Amount must be no more than 999,999.99", code="amount_too_large", param=param)
    if currency in THREE_DECIMALS and amount % 10:
        raise Refused(400, f"Amounts in {currency} must end in 0: they are rounded to the nearest ten", param=param)
    if currency in WHOLE_IN_HUNDREDTHS and amount % 100:
        raise Refused(400, f"Amounts in {currency} must end in 00: it has no decimals", param=param)
    if amount < SMALLEST.get(currency, 1):
        message = f"The Checkout Session's total amount must convert to at least {SMALLEST.get(currency, 1)} {currency}"
        raise Refused(400, message, code="amount_too_small")


def shown(amount: int, currency: str) -> str:
    """`15.00 EUR`, `500 JPY`, `1.500 KWD`."""
    decimals = 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    return f"{amount / 10**decimals:,.{decimals}f} {currency.upper()}"


def _check_currency(currency: str, param: str) -> None:
    from immersio.workshop.currencies import CHARGED  # the layers are on the path once the sandbox is asked

    if currency.upper() not in CHARGED:
        raise Refused(400, f"Invalid currency: {currency}. Stripe does not support it.", param=param)
