"""POST /api/resman/tours/book"""

from tests.support.world import World, next_open_day


def test_a_free_slot_is_booked_and_confirmed_with_the_propertys_offset(world: World) -> None:
    reply = world.book()

    assert reply.status == 201, reply.body
    assert set(reply.json) == {"appointment_id", "confirmed_datetime", "staff_member", "confirmation_details"}
    assert reply.json["confirmed_datetime"] == f"{next_open_day()}T14:00:00-06:00"
