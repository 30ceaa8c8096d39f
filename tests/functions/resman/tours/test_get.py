"""GET /api/resman/tours/{appointment_id}"""

from tests.support.world import World, next_open_day


def test_a_tour_shows_its_state_to_the_account_that_booked_it(world: World) -> None:
    tour = world.tour(world.book(special_requests="Step-free access").json["appointment_id"])

    assert tour["status"] == "confirmed"
    assert tour["resman_sync"] == "synced"
    assert tour["confirmed_datetime"] == f"{next_open_day()}T14:00:00-06:00"
    assert tour["special_requests"] == "Step-free access"
    assert tour["conversation_id"] == "conv-ada"


def test_another_accounts_tour_answers_exactly_as_a_missing_one(world: World) -> None:
    """INV-23 for tours."""
    tour = world.book().json["appointment_id"]
    world.api_key = world.other_api_key
    others = world.call("resman/tours/get", appointment_id=tour)
    missing = world.call("resman/tours/get", appointment_id="tour_of_nobody")

    assert (missing.status, missing.json["code"], others.status) == (404, "NOT_FOUND", 404)
    assert others.body.replace(tour, "?") == missing.body.replace("tour_of_nobody", "?")


def test_an_id_cannot_reach_into_another_key_of_the_table(world: World) -> None:
    assert world.call("resman/tours/get", appointment_id="x#TOUR#y").status == 404
