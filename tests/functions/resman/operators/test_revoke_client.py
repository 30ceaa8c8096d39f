"""By hand: end an API key"""

import pytest

from kernel.errors import NotFound
from tests.support.world import Context, World, function


def _created() -> dict[str, str]:
    client = {"account_id": "maple", "name": "Maple", "property_ids": ["maple-court"]}
    answer: dict[str, str] = function("resman/operators/create_client")(client, Context())
    return answer


def _revoke(account_id: str, key_id: str) -> None:
    function("resman/operators/revoke_client")({"account_id": account_id, "key_id": key_id}, Context())


def test_a_revoked_key_opens_nothing_and_the_others_still_do(world: World) -> None:
    leaked = _created()
    _revoke("maple", leaked["key_id"])
    assert world.availability().status == 200

    world.api_key = leaked["api_key"]
    assert world.availability().status == 401


def test_the_key_of_another_account_is_not_there(world: World) -> None:
    key = _created()
    with pytest.raises(NotFound, match="create_client told it"):
        _revoke("harbor", key["key_id"])

    world.api_key = key["api_key"]
    assert world.availability().status == 200
