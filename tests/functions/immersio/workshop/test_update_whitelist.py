"""immersio.workshop.updateWhitelist"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.access.model import Role
from immersio.whitelist import service
from immersio.workshop.model import Workshop
from tests.support.schools import Schools, error, result, sample_input
from tests.support.seats import UPDATE, change, changed, opened

ADA, BO, CY = "ada@example.com", "bo@example.com", "cy@example.com"
SPELLINGS = st.sampled_from((str, str.upper, str.title, lambda email: f" {email} "))
ADDRESSES = st.lists(st.tuples(st.integers(0, 9), SPELLINGS), max_size=8)
"""Few different ones, so that most are met again, in whatever spelling."""
CALLS = st.lists(st.tuples(st.sampled_from(("add", "replace", "remove")), ADDRESSES), min_size=1, max_size=6)


@pytest.fixture
def workshop(schools: Schools) -> Workshop:
    return opened(schools.academy)


def on_the_list(workshop: Workshop) -> list[str]:
    return [entry.email for entry in service.listed(workshop.tenant_id, workshop.id)]


def told(total: int, added: int = 0, removed: int = 0, skipped: int = 0) -> dict[str, Any]:
    return {
        "success": True,
        "totalWhitelisted": total,
        "added": added,
        "removed": removed,
        "duplicatesSkipped": skipped,
    }


def test_each_mode_does_and_tells_what_it_says(schools: Schools, workshop: Workshop) -> None:
    assert changed(schools, workshop, "add", [ADA, BO]) == told(2, added=2)
    assert changed(schools, workshop, "add", [BO, CY]) == told(3, added=1, skipped=1)
    assert changed(schools, workshop, "remove", [ADA, "nobody@example.com"]) == told(2, removed=1)
    assert changed(schools, workshop, "replace", [ADA, CY]) == told(2, added=1, removed=1, skipped=1)
    assert on_the_list(workshop) == [ADA, CY]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS)
def test_any_calls_leave_the_list_that_a_set_would_be(schools: Schools, calls: list[Any]) -> None:
    """INV-25: and every call tells the difference that it made, in distinct addresses."""
    workshop, oracle = opened(schools.academy), set[str]()
    for mode, addresses in calls:
        sent = {f"student{number}@example.com" for number, _ in addresses}
        after = {"add": oracle | sent, "replace": sent, "remove": oracle - sent}[mode]
        counts = told(
            len(after), len(after - oracle), len(oracle - after), 0 if mode == "remove" else len(sent & oracle)
        )
        spelled = [spelling(f"student{number}@example.com") for number, spelling in addresses]
        assert changed(schools, workshop, mode, spelled) == counts
        if mode != "remove":
            assert counts["added"] + counts["duplicatesSkipped"] == len(sent)
        oracle = after
        assert [email.lower() for email in on_the_list(workshop)] == sorted(oracle)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "ADA@Example.COM"),
        ("ada@example.com", " ada@example.com "),
        ("jos\u00e9@a.de", "jose\u0301@a.de"),
    ],
)
def test_two_spellings_of_one_address_are_one(schools: Schools, workshop: Workshop, one: str, other: str) -> None:
    """INV-25"""
    assert changed(schools, workshop, "add", [one, other]) == told(1, added=1)
    assert changed(schools, workshop, "add", [other]) == told(1, skipped=1)
    assert changed(schools, workshop, "remove", [other]) == told(0, removed=1)


def test_a_list_longer_than_a_transaction_is_changed_as_a_short_one(schools: Schools, workshop: Workshop) -> None:
    """DynamoDB takes a hundred actions at once."""
    emails = [f"student{number:03}@example.com" for number in range(120)]
    assert changed(schools, workshop, "add", emails[:105]) == told(105, added=105)
    assert changed(schools, workshop, "add", emails) == told(120, added=15, skipped=105)
    assert changed(schools, workshop, "remove", emails[:104]) == told(16, removed=104)
    assert changed(schools, workshop, "replace", emails[10:]) == told(110, added=94, skipped=16)
    assert on_the_list(workshop) == emails[10:]


def test_names_and_ids_are_kept_and_what_is_on_the_list_stays_as_it_is(schools: Schools, workshop: Workshop) -> None:
    ada = {"email": ADA, "name": "Ada Byron", "immersioStudentId": "student_456"}
    changed(schools, workshop, "add", [ada, {"email": BO, "name": "", "immersioStudentId": ""}])
    changed(schools, workshop, "add", [{"email": ADA, "name": "Somebody else"}])
    found = [(one.email, one.name, one.immersio_student_id) for one in service.listed(workshop.tenant_id, workshop.id)]
    assert found == [(ADA, "Ada Byron", "student_456"), (BO, None, None)]
    changed(schools, workshop, "replace", [{"email": ADA, "name": "Ada Lovelace"}])
    assert [one.name for one in service.listed(workshop.tenant_id, workshop.id)] == ["Ada Lovelace"]


def test_an_empty_list_is_a_list(schools: Schools, workshop: Workshop) -> None:
    assert changed(schools, workshop, "add", []) == told(0)
    changed(schools, workshop, "add", [ADA])
    assert changed(schools, workshop, "replace", []) == told(0, removed=1)
    assert on_the_list(workshop) == []


def test_what_was_replaced_is_deleted(schools: Schools, workshop: Workshop) -> None:
    for emails in ([ADA], [BO], [CY]):
        changed(schools, workshop, "replace", emails)
    kept = [row for row in schools.rows() if row["entity"].startswith("whitelist")]
    assert sorted(row["entity"] for row in kept) == ["whitelist", "whitelist_entry", "whitelist_generation"]


@pytest.mark.parametrize("mode", ["add", "replace", "remove"])
def test_more_than_five_thousand_are_refused_and_nothing_changes(
    schools: Schools, workshop: Workshop, mode: str
) -> None:
    before = schools.rows()
    reply = change(schools, workshop, mode, (f"student{number}@example.com" for number in range(5001)))
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"] == "emails: has 5001 entries; 5000 are the most in one call"
    assert schools.rows() == before


def test_five_thousand_of_the_longest_entries_fit_into_a_request(schools: Schools, workshop: Workshop) -> None:
    """What is refused here is the mode; Lambda takes 6 MB with the event around the body."""
    email = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    entry = {"email": email, "name": "n" * 200, "immersioStudentId": "i" * 200}
    reply = change(schools, workshop, "clear", [entry] * 5000)
    assert (reply.status, error(reply)["appCode"], error(reply)["details"][0]["field"]) == (
        400,
        "VALIDATION_ERROR",
        "mode",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"emails": [{"email": "not an address"}]}, "emails.0.email"),
        ({"emails": [{"email": ADA}, {"name": "Bo"}]}, "emails.1.email"),
        ({"emails": [{"email": ADA, "name": "x" * 201}]}, "emails.0.name"),
        ({"emails": [{"email": ADA, "name": None}]}, "emails.0.name"),
        ({"emails": [{"email": ADA, "name": "Ada\nBcc: x"}]}, "emails.0.name"),
        ({"emails": [{"email": ADA, "immersioStudentId": 456}]}, "emails.0.immersioStudentId"),
        ({"emails": [{"email": "\ufdfa" * 60 + "@example.com"}]}, "emails.0.email"),
        ({"emails": ADA}, "emails"),
        ({"mode": "clear"}, "mode"),
        ({"workshopId": "1"}, "workshopId"),
    ],
    ids=str,
)
def test_what_cannot_be_listed_is_refused_by_name(
    schools: Schools, workshop: Workshop, changes: dict[str, Any], field: str
) -> None:
    sent = {"workshopId": workshop.id, "mode": "add", "emails": [{"email": ADA}], **changes}
    before = schools.rows()
    reply = schools.call(UPDATE, schools.academy.cookie(Role.MEMBER), sent=sent)
    assert (reply.status, [broken["field"] for broken in error(reply)["details"]]) == (400, [field])
    assert schools.rows() == before


def test_a_teacher_changes_the_lists_of_their_own_workshops_only(schools: Schools) -> None:
    """INV-24: who runs the school changes them all."""
    workshop = opened(schools.academy, teacher=Role.ADMIN)
    before = schools.rows()
    refused = change(schools, workshop, "replace", [ADA], Role.MEMBER)
    assert (refused.status, error(refused)["appCode"], schools.rows()) == (403, "FORBIDDEN", before)
    assert [change(schools, workshop, "add", [ADA], role).status for role in (Role.OWNER, Role.ADMIN)] == [200, 200]


@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER])
def test_another_schools_workshop_is_not_there_and_its_list_stays(schools: Schools, role: Role) -> None:
    """INV-23"""
    theirs = opened(schools.studio, teacher=Role.OWNER)
    missing, before = theirs.model_copy(update={"id": theirs.id + 1}), schools.rows()
    replies = [change(schools, one, "replace", [ADA], role) for one in (theirs, missing)]
    assert replies[0] == replies[1]
    assert (replies[0].status, error(replies[0])["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    assert schools.rows() == before


def test_two_workshops_have_two_lists(schools: Schools, workshop: Workshop) -> None:
    other = opened(schools.academy)
    changed(schools, workshop, "add", [ADA])
    assert changed(schools, other, "replace", [BO]) == told(1, added=1)
    assert (on_the_list(workshop), on_the_list(other)) == ([ADA], [BO])


def test_the_sample_event_is_taken(schools: Schools, workshop: Workshop) -> None:
    sent = {**sample_input(UPDATE), "workshopId": workshop.id}
    assert result(schools.call(UPDATE, schools.academy.cookie(Role.MEMBER), sent=sent)) == told(2, added=2)
