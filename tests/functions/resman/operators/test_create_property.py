"""By hand: a property"""

import pytest

from kernel.errors import InvalidInput
from local import demo
from tests.support.world import Context, World, function, next_open_day

STAFF = demo.MAPLE_COURT["staff"][0]


def test_a_property_can_be_booked_as_soon_as_it_is_set_up(world: World) -> None:
    answer = function("resman/operators/create_property")(world.property, Context())

    assert (answer["account_id"], answer["property_id"]) == ("maple", "maple-court")
    assert world.book().status == 201


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timezone": "Texas"}, "IANA zone"),
        ({"staff": []}, "at least 1"),
        ({"leasing_hours": {"monday": [{"opens": "18:00", "closes": "09:00"}]}}, "earlier than closes"),
        (
            {
                "leasing_hours": {
                    "monday": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "14:00"}]
                }
            },
            "not overlap",
        ),
        ({"staff": [STAFF, STAFF]}, "same id"),
        ({"offers": {"virtual": {"duration_minutes": 0, "instructions": "-"}}}, "at least 5"),
        ({"slot_minutes": 7}, "multiple of 5"),
        ({"colour": "red"}, "must be a colour such as #0066FF"),
        ({"leasing_hour": {}}, "not known here"),
    ],
)
def test_a_mistake_is_named_and_nothing_changes(world: World, change: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        function("resman/operators/create_property")({**world.property, **change}, Context())

    assert world.book(preferred_date=str(next_open_day())).status == 201
