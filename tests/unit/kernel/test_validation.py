"""Input that is refused: the message names the field and says what to change."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl

from kernel.errors import InvalidInput
from kernel.fields import Spelled
from kernel.validation import parse


class Floor(StrEnum):
    GROUND = "ground"
    UPPER = "upper"


class Seat(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    row: Annotated[str, Field(min_length=1, max_length=3)] = "A"
    number: Annotated[int, Field(ge=1, le=40)] = 1
    kind: Literal["stalls", "circle"] = "stalls"
    guests: Annotated[list[str], Field(min_length=1, max_length=2)] = ["Ada"]
    aisle: bool = False
    floor: Annotated[Floor, Field(strict=False)] = Floor.GROUND
    side: Literal[Floor.GROUND, Floor.UPPER] = Floor.UPPER
    ticket: Annotated[str, Spelled(r"^[0-9]{4}$", "must be the four digits of a ticket")] = "0001"
    paid: Annotated[bool, Field(strict=False)] = True
    price: Annotated[float, Field(strict=False, multiple_of=0.5)] = 1
    bought: Annotated[AwareDatetime | None, Field(strict=False)] = None
    day: Annotated[date | None, Field(strict=False)] = None
    opens: Annotated[time | None, Field(strict=False)] = None
    plan: Annotated[HttpUrl | None, Field(strict=False)] = None
    friends: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"row": ""}, "row: must have at least 1 character"),
        ({"row": "AAAA"}, "row: must have at most 3 characters"),
        ({"row": 7}, "row: must be text"),
        ({"number": 0}, "number: must be at least 1"),
        ({"number": 41}, "number: must be at most 40"),
        ({"number": "7"}, "number: must be a whole number"),
        ({"kind": "box"}, "kind: must be one of 'stalls' or 'circle'"),
        ({"guests": []}, "guests: must have at least 1 entry"),
        ({"guests": ["a", "b", "c"]}, "guests: must have at most 2 entries"),
        ({"guests": "a"}, "guests: must be a list"),
        ({"aisle": 1}, "aisle: must be true or false"),
        ({"colour": "red"}, "colour: is not known here; leave it out"),
        ({"floor": "roof"}, "floor: must be one of 'ground' or 'upper'"),
        ({"side": "roof"}, "side: must be one of 'ground' or 'upper'"),
        ({"ticket": "12a4"}, "ticket: must be the four digits of a ticket"),
        ({"ticket": "1234\n"}, "ticket: must be the four digits of a ticket"),
        ({"paid": "perhaps"}, "paid: must be true or false"),
        ({"price": "much"}, "price: must be a number"),
        ({"price": 0.7}, "price: must be a multiple of 0.5"),
        ({"bought": "2026-12-01T14:00"}, "bought: must say its time zone, such as 2026-12-01T14:00:00Z"),
        ({"day": "tomorrow"}, "day: must be a date such as 2026-12-01"),
        ({"opens": "early"}, "opens: must be a time of day such as 14:30"),
        ({"plan": "upstairs"}, "plan: must be a web address such as https://example.com"),
        ({"plan": "ftp://example.com"}, "plan: must be a web address such as https://example.com"),
        ({"friends": "Grace"}, "friends: must be a list"),
        ({"row": 7, "number": 0}, "row: must be text; number: must be at least 1"),
    ],
)
def test_the_message_names_the_field_and_the_rule(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(Seat, given)
    assert refused.value.message == message


def test_the_pattern_that_text_must_have_is_in_its_schema() -> None:
    """A form could be checked before it is sent, and only the words for people were published."""
    assert Seat.model_json_schema()["properties"]["ticket"]["pattern"] == "^[0-9]{4}$"
