"""By hand: a school with its owner and its team"""

import base64
from typing import Any

import pytest

from immersio.access.model import Role
from immersio.integration import store
from kernel import keys, superjson, table
from kernel.errors import Conflict, InvalidInput
from local.schools import LANGUAGE_ACADEMY, MUSIC_STUDIO, cookie
from tests.support.schools import CREATE, Schools, procedures, result, sample_input
from tests.support.world import SESSION_SECRET, Context, function

NEW: dict[str, Any] = {
    "name": "Chess Club",
    "slug": "chess-club",
    "plan": "starter",
    "time_zone": "Asia/Tokyo",
    "owner": {"name": "Kei", "email": "Kei@Chess-Club.example", "username": "kei"},
}
MAX = {"name": "Max", "email": "max@chess-club.example", "username": "max"}


def create(**changes: Any) -> dict[str, Any]:
    created: dict[str, Any] = function(CREATE)({**NEW, **changes}, Context())
    return created


def test_a_school_exists_with_its_people_as_soon_as_it_is_set_up(schools: Schools) -> None:
    created = create(team=[{**MAX, "role": "ADMIN"}])
    assert [user["role"] for user in created["users"]] == ["OWNER", "ADMIN"]
    usage = table.get(keys.tenant_usage(created["tenant_id"]))
    assert usage is not None
    assert usage["teachers"] == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": LANGUAGE_ACADEMY["slug"]}, "^slug: .* another school's"),
        ({"immersio_org_id": LANGUAGE_ACADEMY["immersio_org_id"]}, "^immersio_org_id: .* another school's"),
        ({"owner": {**NEW["owner"], "email": MUSIC_STUDIO["owner"]["email"].upper()}}, "(?i)^owner.email: oscar@"),
        ({"team": [{**MAX, "email": LANGUAGE_ACADEMY["team"][1]["email"]}]}, "^team.email: mei@.* is a user's already"),
    ],
)
def test_what_is_taken_is_named_and_nothing_is_written(schools: Schools, changes: dict[str, Any], words: str) -> None:
    before = schools.rows()
    with pytest.raises(Conflict, match=words):
        create(**changes)
    assert schools.rows() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": "Chess Club"}, "slug"),
        ({"slug": "-chess"}, "slug"),
        ({"plan": "gold"}, "plan"),
        ({"time_zone": "Japan/Edo"}, "IANA"),
        ({"owner": {**NEW["owner"], "email": "kei"}}, "owner.email"),
        ({"team": [MAX, {**MAX, "username": "m2", "email": "m2@chess-club.example"}]}, "room for 2"),
        ({"team": [{**MAX, "email": "KEI@chess-club.example"}]}, "kei@chess-club.example is there twice"),
        ({"team": [{**MAX, "username": "kei"}]}, "a username of their own; kei is there twice"),
        ({"team": [{**MAX, "username": "invites"}]}, "team.username"),
        ({"owner": {**NEW["owner"], "username": "api"}}, "owner.username"),
        ({"team": [{**MAX, "role": "OWNER"}]}, "role"),
        ({"logo_url": "javascript:alert(1)"}, "logo_url"),
        ({"webhook_url": "https://10.0.0.1/hook", "immersio_org_id": "org_chess"}, "webhook_url: must lead"),
        ({"webhook_url": "ftp://127.0.0.1/hook", "immersio_org_id": "org_chess"}, "webhook_url: must be a URL"),
        ({"webhook_url": "", "immersio_org_id": "org_chess"}, "webhook_url: must be"),
        ({"webhook_url": "http://127.0.0.1/hook"}, "immersio_org_id: is needed"),
        ({"colour": "red"}, "colour: is not known here"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(schools: Schools, changes: dict[str, Any], words: str) -> None:
    before = schools.rows()
    with pytest.raises(InvalidInput, match=words):
        create(**changes)
    assert schools.rows() == before


def test_a_school_without_a_receiver_has_no_secret_and_no_integration(schools: Schools) -> None:
    created = create(immersio_org_id="org_chess")
    assert created["webhook_secret"] is None
    assert table.get(keys.receiver(created["tenant_id"])) is None


def test_an_organisation_that_is_put_down_is_the_schools_and_not_yet_connected(schools: Schools) -> None:
    created = create(immersio_org_id="org_chess")
    assert store.find_tenant_id("org_chess") == created["tenant_id"]
    assert table.get(keys.integration(created["tenant_id"])) is None


def test_the_secret_of_the_webhooks_is_shown_once_and_in_no_answer_after(schools: Schools) -> None:
    """INV-26: the row has it, because a signature cannot be made of a hash; only who makes a new one is shown that."""
    secret = create(immersio_org_id="org_chess", webhook_url="http://127.0.0.1:9/hook")["webhook_secret"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    owner = schools.academy.cookie(Role.OWNER)
    told = {name: schools.call(name, owner, sent=sample_input(name)).body for name in procedures()}
    assert [name for name, body in told.items() if str(schools.academy.webhook_secret) in body] == []
    assert [name for name, body in told.items() if "whsec_" in body] == ["immersio.webhook.rotateSecret"]


def test_the_owner_can_sign_in_at_once(schools: Schools) -> None:
    (owner,) = create()["users"]
    told = result(schools.call("viewer.me.get", cookie(owner, SESSION_SECRET)))
    assert (told["email"], told["organization"]["slug"]) == ("Kei@chess-club.example", "chess-club")
    assert superjson.LARGEST_SAFE_INTEGER > told["organizationId"] > 0


def test_a_username_is_one_persons_in_each_school(schools: Schools) -> None:
    """It stands in the address of what they teach, and schools have addresses of their own."""
    first, second = (create(slug=slug, owner={**MAX, "email": f"max@{slug}.example"}) for slug in ("one", "two"))
    for created in (first, second):
        claimed = table.get(keys.username(created["tenant_id"], "max"))
        assert claimed
        assert claimed["user_id"] == created["users"][0]["id"]


def test_schools_that_are_set_up_at_once_get_different_ids(schools: Schools) -> None:
    numbers = {create(slug=f"s{n}", owner={**MAX, "email": f"o{n}@s.example"})["tenant_id"] for n in range(5)}
    assert len(numbers) == 5
