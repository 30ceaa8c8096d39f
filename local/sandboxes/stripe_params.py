"""What Stripe's methods take, as far as the sandbox knows it; everything else is refused."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_METADATA = 50


class Part(BaseModel):
    """Parameters within others. Text is read as what the field is, as in a form."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Params(Part):
    """The parameters of a method."""

    expand: list[str] = []


class NoParams(Params):
    pass


class Page(Params):
    limit: int = Field(10, ge=1, le=100)
    starting_after: str | None = None


def _metadata(given: Any) -> Any:
    """A value without text is none."""
    if isinstance(given, dict):
        given = {key: value for key, value in given.items() if value != ""}
        if len(given) > MOST_METADATA:
            raise ValueError(f"Metadata can only have {MOST_METADATA} keys")
    return given


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("Not a valid URL")
    return text


def _email_address(text: str) -> str:
    name, _, host = text.rpartition("@")
    if not name or "." not in host or any(letter.isspace() for letter in text):
        raise ValueError(f"Invalid email address: {text}")
    return text


Metadata = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=500)]], BeforeValidator(_metadata)
]
WebAddress = Annotated[str, Field(max_length=5000), AfterValidator(_web_address)]
EmailAddress = Annotated[str, Field(max_length=800), AfterValidator(_email_address)]
Amount = Annotated[int, Field(ge=0)]


class ProductData(Part):
    name: str
    description: str | None = None
    images: list[str] = []
    metadata: Metadata = {}


class PriceData(Part):
    currency: Annotated[str, AfterValidator(str.lower)]
    product_data: ProductData
    unit_amount: Amount
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] | None = None


class LineItem(Part):
    price_data: PriceData
    quantity: int = Field(ge=1)


class PaymentIntentData(Part):
    description: str | None = Field(None, max_length=1000)
    metadata: Metadata = {}
    receipt_email: EmailAddress | None = None
    statement_descriptor_suffix: str | None = Field(None, max_length=22)


class AdaptivePricing(Part):
    enabled: bool = False


class CreateSession(Params):
    """A session in which one thing is paid once, on Stripe's own page."""

    mode: Literal["payment"]
    line_items: list[LineItem] = Field(min_length=1, max_length=100)
    success_url: WebAddress
    cancel_url: WebAddress | None = None
    client_reference_id: str | None = Field(None, max_length=200)
    customer_email: EmailAddress | None = None
    customer_creation: Literal["always", "if_required"] = "if_required"
    expires_at: int | None = None
    locale: str | None = None
    metadata: Metadata = {}
    payment_intent_data: PaymentIntentData = PaymentIntentData()
    adaptive_pricing: AdaptivePricing | None = None
    submit_type: Literal["auto", "book", "donate", "pay"] | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"

    @property
    def amount(self) -> int:
        return sum(item.quantity * item.price_data.unit_amount for item in self.line_items)

    @property
    def currency(self) -> str:
        return self.line_items[0].price_data.currency


class CreateRefund(Params):
    payment_intent: str | None = None
    charge: str | None = None
    amount: int | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata = {}


class ListRefunds(Page):
    payment_intent: str | None = None
    charge: str | None = None


class ListEvents(Page):
    type: str | None = None
    types: list[str] = Field([], max_length=20)
