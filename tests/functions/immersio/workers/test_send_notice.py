"""Queue immersio-notices"""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from immersio.access.model import Role, User
from immersio.invite.model import Invite
from immersio.notices import letters
from immersio.tenant.model import Tenant
from kernel import clock, keys, settings, table
from kernel.letters import Letter
from tests.support.notices import accept, delivered, invite, link_in, texts, token, token_of
from tests.support.pages import Page
from tests.support.schools import Schools, result

ADVENT = datetime(2026, 12, 1, 14, tzinfo=UTC)


def test_an_invitation_says_who_invites_whom_where_as_what_and_until_when(schools: Schools) -> None:
    with time_machine.travel(ADVENT, tick=False):
        link = result(invite(schools))["inviteLink"]
        (mail,) = delivered(schools)
    plain, html = texts(mail)
    assert mail["Subject"] == "Olga Brandt invites you to teach at Language Academy"
    assert str(mail["From"]) == "Language Academy <tours@booking.example.com>"
    assert mail["Reply-To"] == "olga@language-academy.example"
    for form in (" ".join(plain.split()), Page(html).shown):
        for fact in (
            "Hello Jane Smith",
            "Olga Brandt",
            "Language Academy",
            "as a teacher",
            "Tuesday, December 8, 2026 at 3:00 PM CET",
            "jane@example.com",
            "You did not expect this?",
            link,
        ):
            assert fact in form
    assert Page(html).links.count(link) == 2, "the button, and the link to copy"


def test_an_administrator_is_invited_as_one(schools: Schools) -> None:
    invite(schools, role="ADMIN", name="")
    (mail,) = delivered(schools)
    assert mail["Subject"] == "Olga Brandt invites you to help run Language Academy"
    assert "Hello, Olga Brandt invites you to join Language Academy as an administrator." in " ".join(
        texts(mail)[0].split()
    )


def test_the_link_of_the_e_mail_lets_its_reader_in(schools: Schools) -> None:
    invite(schools)
    (mail,) = delivered(schools)
    assert accept(token_of(link_in(mail))).status == 201


def test_what_was_sent_is_not_sent_again_when_the_queue_repeats_it(schools: Schools) -> None:
    invite(schools)
    assert len(delivered(schools)) == 1
    assert len(delivered(schools)) == 1


def test_an_e_mail_that_fails_never_fails_the_invitation_and_is_sent_later(schools: Schools) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAIL_FROM", "unverified@nowhere.example.com")
        assert invite(schools).status == 200
        assert delivered(schools) == []
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        assert len(delivered(schools)) == 1


def test_an_invitation_that_is_over_is_not_mailed(schools: Schools) -> None:
    secret = token(schools)
    accept(secret)
    assert delivered(schools) == []
    invite(schools, Role.ADMIN, email="friend@example.com")
    admin = keys.membership(schools.academy.tenant_id, schools.academy.users[Role.ADMIN]["id"])
    table.write(table.Delete(key=admin))
    assert delivered(schools) == []
    assert {message.status for message in schools.messages()} == {"delivered"}


def test_a_link_that_cannot_be_made_again_is_never_sent(schools: Schools) -> None:
    """The session secret was changed after the invitation and before its e-mail: operators are told."""
    invite(schools)
    boto3.client("secretsmanager").put_secret_value(SecretId="sessions", SecretString='{"secret": "a new one"}')
    settings._secrets_provider.cache_clear()
    assert delivered(schools) == []
    assert len(schools.dead_letters("immersio-notices")) == 1


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec="utf-8")), school=st.text(st.characters(codec="utf-8")))
@pytest.mark.usefixtures("schools")
def test_any_name_is_shown_and_never_run(name: str, school: str) -> None:
    plain, hostile = write("Ada", "Ada"), write(name, f'{school}<script>alert(1)</script>" onclick=x')
    assert "\n" not in hostile.subject
    assert Page(hostile.html).tags == Page(plain.html).tags


@pytest.mark.usefixtures("schools")
def test_a_name_of_several_lines_cannot_pose_as_a_paragraph_of_ours() -> None:
    letter = write("Olga\n\nYour account is locked\u2028Pay here: \u202emoc.live", "Academy")
    assert "\nYour account" not in letter.text
    assert "\u202e" not in letter.text + letter.html + letter.subject


def write(name: str, school: str) -> Letter:
    tenant = Tenant(id=1, name=school, slug="s", plan_type="pro", time_zone="UTC", created_at=ADVENT)
    inviter = User(id=2, tenant_id=1, email="o@s.example", name=name, username="o", time_zone="UTC", created_at=ADVENT)
    invited = Invite(
        tenant_id=1,
        id=3,
        email="jane@example.com",
        name=name or None,
        role=Role.MEMBER,
        invited_by=2,
        fingerprint="",
        created_at=ADVENT,
        expires_at=ADVENT + timedelta(days=7),
    )
    return letters.invitation(invited, tenant, inviter, "https://booking.immersio.com/invites/invite_x")
