"""Input that is refused: the message names the field and says what to change."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from kernel.errors import InvalidInput
from kernel.validation import parse


class Seat(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    row: Annotated[str, Field(min_length=1, max_length=3)] = "A"
    number: Annotated[int, Field(ge=1, le=40)] = 1
    kind: Literal["stalls", "circle"] = "stalls"
    guests: Annotated[list[str], Field(min_length=1, max_length=2)] = ["Ada"]
    aisle: bool = False


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
        ({"row": 7, "number": 0}, "row: must be text; number: must be at least 1"),
    ],
)
def test_the_message_names_the_field_and_the_rule(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(Seat, given)
    assert refused.value.message == message
