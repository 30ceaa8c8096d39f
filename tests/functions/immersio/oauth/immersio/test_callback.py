"""POST /api/v1/oauth/immersio/callback"""

import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.signon import published_keys
from kernel import keys, table
from tests.support.immersio import STUDIO, Immersio
from tests.support.notices import set_plan, teachers
from tests.support.schools import Schools
from tests.support.sign_on import (
    HOME,
    PAGE,
    Answered,
    call_back,
    is_refused,
    login,
    me,
    session_of,
    shared,
    through_immersio,
    token,
)
from tests.support.teams import join
from tests.support.world import SESSION_SECRET


@pytest.fixture(autouse=True)
def new_process() -> None:
    published_keys.published_at.cache_clear()


def in_between(act: Callable[[], Any]) -> None:
    """Once, when the next write is about to be made."""
    event, hooks = "provide-client-params.dynamodb.TransactWriteItems", table.client().meta.events

    def act_once(**_: Any) -> None:
        hooks.unregister(event, act_once)
        act()

    hooks.register(event, act_once)


def user_row(user_id: int) -> dict[str, Any]:
    row = table.get(keys.user(user_id))
    assert row
    return row


# who comes


def test_somebody_new_becomes_a_student_and_is_signed_in(schools: Schools, immersio: Immersio) -> None:
    answered = call_back(token(immersio))
    told = answered.json
    assert told.keys() == {"success", "sessionToken", "user"}
    assert told["success"] is True
    assert told["user"] | {"id": 0} == {
        "id": 0,
        "email": "ada@example.com",
        "name": "Ada Byron",
        "tenantId": schools.academy.tenant_id,
        "role": "STUDENT",
    }
    assert me(schools, answered)["id"] == told["user"]["id"]
    assert me(schools, answered)["timeZone"] == "Europe/Berlin", "the school's"
    assert teachers(schools.academy.tenant_id) == 3, "a student takes no place of the plan"


def test_the_cookie_is_nextauths_and_holds_what_the_answer_tells(
    schools: Schools, immersio: Immersio, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = call_back(token(immersio))
    attributes = "Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"
    assert here.cookies == [f"next-auth.session-token={here.json['sessionToken']}; {attributes}"]
    assert session_of(here, SESSION_SECRET).claims["name"] == "Ada Byron"
    monkeypatch.setenv("STAGE", "prod")
    deployed = call_back(token(immersio))
    assert deployed.cookies == [
        f"__Secure-next-auth.session-token={deployed.json['sessionToken']}; {attributes}; Secure"
    ]


@pytest.mark.parametrize("role", ["teacher", " Teacher"])
def test_a_new_teacher_takes_a_place_of_the_plan(schools: Schools, immersio: Immersio, role: str) -> None:
    """INV-07"""
    answered = call_back(token(immersio, role=role))
    assert answered.json["user"]["role"] == "MEMBER"
    assert me(schools, answered)["username"] == "ada-byron"
    assert teachers(schools.academy.tenant_id) == 4


@pytest.mark.parametrize("role", ["admin", "owner", "OWNER", "MEMBER", "", None])
def test_any_other_role_makes_a_student(schools: Schools, immersio: Immersio, role: str | None) -> None:
    """INV-24"""
    assert call_back(shared(role=role)).json["user"]["role"] == "STUDENT"


def test_a_plan_that_is_full_has_no_room_for_another_teacher(schools: Schools, immersio: Immersio) -> None:
    """INV-07: nothing is written, so the same token lets them in once there is room."""
    set_plan(schools.academy.tenant_id, "starter")
    signed, before = token(immersio, role="teacher"), schools.rows()
    refused = call_back(signed)
    assert refused.refusal == (403, "FORBIDDEN")
    assert refused.json["details"] == {"plan": "starter", "limit": 2, "of": "teachers"}
    assert (schools.rows(), refused.cookies) == (before, [])
    assert call_back(token(immersio, sub="user_bea", email="bea@example.com")).status == 200, "students have room"
    set_plan(schools.academy.tenant_id, "growth")
    assert call_back(signed).status == 200


def test_who_comes_again_is_the_same_user(schools: Schools, immersio: Immersio) -> None:
    first, second = (call_back(token(immersio)) for _ in range(2))
    assert first.json["user"] == second.json["user"]
    assert first.json["sessionToken"] != second.json["sessionToken"]


def test_a_name_and_an_address_follow_those_at_immersio(schools: Schools, immersio: Immersio) -> None:
    first = call_back(token(immersio))
    moved = call_back(token(immersio, name="Ada Lovelace", email="ada@lovelace.example"))
    assert moved.json["user"] == first.json["user"] | {"name": "Ada Lovelace", "email": "ada@lovelace.example"}
    assert me(schools, moved)["email"] == "ada@lovelace.example"
    other = call_back(token(immersio, sub="user_bea", name="Bea"))
    assert other.json["user"]["id"] != first.json["user"]["id"], "the former address is free for somebody else"


def test_another_spelling_of_an_address_is_the_same_address(schools: Schools, immersio: Immersio) -> None:
    first = call_back(token(immersio))
    again = call_back(token(immersio, email="ADA@example.com"))
    assert again.json["user"] == first.json["user"] | {"email": "ADA@example.com"}
    assert call_back(token(immersio)).json["user"]["id"] == first.json["user"]["id"]


def test_an_address_that_is_somebody_elses_stays_theirs(schools: Schools, immersio: Immersio) -> None:
    first, olga = call_back(token(immersio)), schools.academy.users[Role.OWNER]
    again = call_back(token(immersio, email=olga["email"]))
    assert again.json["user"] == first.json["user"]
    assert user_row(olga["id"])["email"] == olga["email"]


def test_without_a_name_it_is_what_stands_before_the_at(schools: Schools, immersio: Immersio) -> None:
    assert call_back(token(immersio, name="")).json["user"]["name"] == "ada"
    assert call_back(token(immersio)).json["user"]["name"] == "Ada Byron"
    assert call_back(token(immersio, name="  ")).json["user"]["name"] == "Ada Byron", "what is known stays"


@pytest.mark.parametrize("claimed", ["student", "teacher", "owner"])
@pytest.mark.parametrize("role", list(Role))
def test_whom_the_school_knows_by_their_address_keeps_their_role(
    schools: Schools, immersio: Immersio, role: Role, claimed: str
) -> None:
    """INV-24: the role is the table's, whatever a token says, and no place of the plan is taken for it."""
    user = schools.academy.users[role]
    answered = call_back(token(immersio, email=user["email"].upper(), role=claimed))
    assert (answered.json["user"]["id"], answered.json["user"]["role"]) == (user["id"], role)
    assert teachers(schools.academy.tenant_id) == 3
    again = call_back(token(immersio, email="elsewhere@example.com", role=claimed))
    assert again.json["user"]["id"] == user["id"], "from then on by who they are at Immersio"


def test_a_new_role_here_holds_for_who_comes_again(schools: Schools, immersio: Immersio) -> None:
    """INV-24"""
    user = call_back(token(immersio)).json["user"]
    table.write(table.Update(key=keys.membership(user["tenantId"], user["id"]), set={"role": "ADMIN"}))
    assert call_back(token(immersio)).json["user"]["role"] == "ADMIN"


def test_nobody_becomes_who_another_person_at_immersio_is(schools: Schools, immersio: Immersio) -> None:
    """INV-24"""
    call_back(token(immersio))
    before = schools.rows()
    assert is_refused(call_back(token(immersio, sub="user_mallory")))
    assert schools.rows() == before


@pytest.mark.parametrize(
    ("own", "theirs"), [("olga@strasse.example", "olga@straße.example"), ("ss@a.example", "ß@a.example")]
)
def test_nobody_becomes_somebody_whose_address_only_counts_as_the_same(
    schools: Schools, immersio: Immersio, own: str, theirs: str
) -> None:
    """INV-24: the one domain is not the other, and whose mailbox is proven is not the owner's."""
    olga = schools.academy.users[Role.OWNER]
    table.write(
        table.Update(key=keys.user(olga["id"]), set={"email": own}),
        table.Put(item={"entity": "email", "user_id": olga["id"], **keys.email(own)._asdict()}),
    )
    before = schools.rows()
    assert is_refused(call_back(token(immersio, email=theirs)))
    assert schools.rows() == before
    assert call_back(token(immersio, email=own.upper())).json["user"]["id"] == olga["id"]


def test_a_user_of_another_school_is_nobody_here(schools: Schools, immersio: Immersio) -> None:
    """INV-23"""
    oscar, before = schools.studio.users[Role.OWNER], schools.rows()
    refused = call_back(token(immersio, email=oscar["email"]))
    assert (is_refused(refused), refused.refusal) == (True, (401, "INVALID_TOKEN"))
    assert schools.rows() == before


def test_the_same_person_at_another_organisation_is_somebody_else(schools: Schools, immersio: Immersio) -> None:
    """INV-23: who somebody is at Immersio counts in their own school."""
    first = call_back(token(immersio)).json["user"]
    page = "https://music-studio.booking.immersio.com/"
    other = call_back(token(immersio, orgId=STUDIO, email="ada@music.example"), page).json["user"]
    assert other["tenantId"] == schools.studio.tenant_id
    assert other["id"] != first["id"]


def test_of_two_who_claim_an_address_at_once_one_is_believed(schools: Schools, immersio: Immersio) -> None:
    """INV-24"""
    sofia = {"email": schools.academy.users[Role.STUDENT]["email"], "name": "Sofia"}
    first, second = token(immersio, sub="user_sofia", **sofia), token(immersio, sub="user_mallory", **sofia)
    quicker: list[Answered] = []
    in_between(lambda: quicker.append(call_back(first)))
    assert is_refused(call_back(second))
    assert [answered.status for answered in quicker] == [200]


def test_who_comes_with_two_addresses_at_once_is_one_user(schools: Schools, immersio: Immersio) -> None:
    first, second = token(immersio), token(immersio, email="ada@lovelace.example", name="Lady Lovelace")
    quicker: list[Answered] = []
    in_between(lambda: quicker.append(call_back(first)))
    assert call_back(second).json["user"]["id"] == quicker[0].json["user"]["id"]


def test_an_address_that_somebody_takes_in_that_moment_stays_theirs(schools: Schools, immersio: Immersio) -> None:
    ada = call_back(token(immersio)).json["user"]
    new = f"bea@{schools.academy.slug}.example"
    moving = token(immersio, email=new)
    in_between(lambda: join(schools.academy, "bea"))
    assert call_back(moving).json["user"] == ada
    assert call_back(token(immersio, sub="user_bea", email=new)).json["user"]["id"] != ada["id"]


def test_who_was_removed_comes_back_as_a_student_only(schools: Schools, immersio: Immersio) -> None:
    """INV-24: neither their former role nor the token's is given back."""
    academy = schools.academy
    mei = academy.users[Role.MEMBER]
    call_back(token(immersio, email=mei["email"], role="teacher"))
    removed = {"teamIds": [academy.tenant_id], "memberIds": [mei["id"]]}
    assert schools.call("viewer.teams.removeMember", academy.cookie(Role.OWNER), sent=removed).status == 200
    back = call_back(token(immersio, email=mei["email"], role="teacher")).json["user"]
    assert (back["id"], back["role"]) == (mei["id"], "STUDENT")
    assert teachers(academy.tenant_id) == 2


def test_a_locked_user_stays_out(schools: Schools, immersio: Immersio) -> None:
    """INV-24"""
    user, signed = call_back(token(immersio)).json["user"], token(immersio)
    table.write(table.Update(key=keys.user(user["id"]), set={"is_locked": True}))
    before = schools.rows()
    assert call_back(signed).refusal == (403, "FORBIDDEN")
    assert schools.rows() == before


def test_who_has_the_name_of_somebody_gets_the_next_free_username(schools: Schools, immersio: Immersio) -> None:
    join(schools.academy, "ada-byron")
    assert me(schools, call_back(token(immersio)))["username"] == "ada-byron-2"


def test_a_username_that_is_taken_in_that_moment_is_not_given_twice(schools: Schools, immersio: Immersio) -> None:
    signed = token(immersio)
    in_between(lambda: join(schools.academy, "ada-byron"))
    assert me(schools, call_back(signed))["username"] == "ada-byron-2"


# where from, and where to


def test_there_and_back_again(schools: Schools) -> None:
    """With the state that began here, in the browser that began."""
    left = login(tenantSlug="language-academy", redirectUrl=PAGE)
    back = through_immersio(left)
    answered = call_back(back["token"], back["page"], state=back["state"], cookies=left.kept)
    assert answered.json["user"]["email"] == "sofia@example.com"
    assert [cookie.partition("=")[0] for cookie in answered.cookies] == ["next-auth.session-token", "booking-sign-on"]
    assert answered.cookies[1].startswith("booking-sign-on=; Max-Age=0;")


def test_a_state_holds_in_the_browser_that_began_for_what_it_began_with(schools: Schools, immersio: Immersio) -> None:
    """INV-24: and a refusal uses nothing up."""
    left, other = (login(tenantSlug="language-academy", redirectUrl=PAGE) for _ in range(2))
    state = through_immersio(left)["state"]
    signed, before = token(immersio), schools.rows()
    answers = [
        call_back(signed, state=state),
        call_back(signed, state=state, cookies=other.kept),
        call_back(signed, state=state, cookies=["booking-sign-on="]),
        call_back(signed, f"{HOME}/elsewhere", state=state, cookies=left.kept),
        call_back(signed, state=f"{state[:-1]}{'A' if state[-1] != 'A' else 'Q'}", cookies=left.kept),
        call_back(signed, state="made up", cookies=left.kept),
    ]
    with time_machine.travel(time.time() + 600):
        late = token(immersio)
        answers.append(call_back(late, state=state, cookies=left.kept))
    assert [is_refused(answer) for answer in answers] == [True] * len(answers)
    assert schools.rows() == before
    assert call_back(signed, state=state, cookies=left.kept).status == 200


def test_a_state_of_one_school_is_none_of_another(schools: Schools, immersio: Immersio) -> None:
    """INV-23"""
    left = login(tenantSlug="music-studio", redirectUrl="/signed-on")
    state = through_immersio(left, "student_901")["state"]
    assert is_refused(call_back(token(immersio), state=state, cookies=left.kept))


def test_a_session_is_no_state(schools: Schools, immersio: Immersio) -> None:
    """INV-24: what is sealed for one purpose opens for no other."""
    sealed = schools.academy.cookie(Role.OWNER, tenant=schools.academy.tenant_id, page=PAGE, word="w", ends=2**33)
    state = sealed.partition("=")[2]
    assert is_refused(call_back(token(immersio), state=state, cookies=["booking-sign-on=w"]))


def test_while_immersio_tells_no_keys_a_new_one_is_nobodys_fault(schools: Schools, immersio: Immersio) -> None:
    immersio.fail(path="/.well-known/jwks.json", status=503, times=1)
    signed = token(immersio)
    down = call_back(signed)
    assert (down.refusal, down.headers["retry-after"]) == ((503, "IMMERSIO_UNAVAILABLE"), "5")
    assert call_back(shared()).status == 200, "what needs no published key"
    with time_machine.travel(time.time() + 6):
        assert call_back(signed).status == 200


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example", "https://music-studio.booking.immersio.com/"]
)
def test_nobody_is_sent_to_a_page_that_is_not_the_schools(schools: Schools, immersio: Immersio, page: str) -> None:
    """INV-24: and the token is still good."""
    signed, before = token(immersio), schools.rows()
    refused = call_back(signed, page)
    assert refused.refusal == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in refused.json["details"]] == ["redirectUrl"]
    assert (refused.cookies, schools.rows()) == ([], before)
    assert call_back(signed, "/any/path").status == 200


def test_the_page_is_asked_for(schools: Schools, immersio: Immersio) -> None:
    assert call_back(token(immersio), None).json["details"][0]["field"] == "redirectUrl"


def test_an_organisation_that_is_the_schools_no_more_lets_nobody_in(schools: Schools, immersio: Immersio) -> None:
    """INV-23"""
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"immersio_org_id": "org_other"}))
    assert is_refused(call_back(token(immersio)))


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    assert [call_back("any").status for _ in range(101)].count(429) == 1
