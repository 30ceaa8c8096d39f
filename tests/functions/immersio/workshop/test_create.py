"""immersio.workshop.create"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from immersio.access.model import Role
from immersio.workshop import store
from immersio.workshop.following import MOST_FOLLOWERS
from kernel import clock, keys, table
from tests.support import schedules
from tests.support.schools import Schools, error, gone, result, sample_input
from tests.support.workshops import ask, create, get, listed, stored, teacher_id, tomorrow, wish

EVERY_EVENING = [{"days": [0, 1, 2, 3, 4, 5, 6], "startTime": "20:00", "endTime": "21:30"}]
LONG_AGO, FAR_AHEAD = datetime(2020, 1, 7, 12, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


def test_a_workshop_has_a_slug_and_a_page_to_book_it_on(schools: Schools) -> None:
    made = create(schools)
    address = "https://language-academy.booking.immersio.com/mei/business-english-workshop"
    assert made.keys() == {"id", "eventTypeId", "slug", "bookingUrl", "createdAt"}
    assert (made["slug"], made["bookingUrl"]) == ("business-english-workshop", address)
    assert len({made["id"], made["eventTypeId"]}) == 2
    assert clock.now() - made["createdAt"] < timedelta(minutes=1)


def test_what_was_said_of_it_is_kept_and_the_rest_is_as_specified(schools: Schools) -> None:
    made = create(schools, startsAt=tomorrow(18))
    found = get(schools, made["id"])
    assert found.pop("occurrences")[0] == {"startTime": tomorrow(18), "endTime": tomorrow(19), "bookedSeats": 0}
    assert found.pop("createdAt") == made["createdAt"]
    assert found == {
        "id": made["id"],
        "eventTypeId": made["eventTypeId"],
        "slug": "business-english-workshop",
        "bookingUrl": made["bookingUrl"],
        "title": "Business English Workshop",
        "description": None,
        "duration": 60,
        "price": 1500,
        "currency": "USD",
        "seats": 8,
        "bookedSeats": 0,
        "teacher": {"id": teacher_id(schools), "name": "Mei Tanaka", "avatarUrl": None},
        "scheduleId": None,
        "timeZone": "Europe/Berlin",
        "locations": [{"type": "zoom", "link": "https://zoom.us/j/123456", "address": None}],
        "recurrence": {"frequency": "weekly", "count": 8, "endDate": None},
        "startsAt": tomorrow(18),
        "nextOccurrence": tomorrow(18),
        "whitelistEnabled": False,
        "immersioCourseId": None,
        "syncStudentsFromImmersio": False,
        "refundWindowHours": 12,
        "cancellationNoticeHours": 24,
        "topicCategory": None,
        "workshopType": "workshop",
        "status": "active",
    }


def test_everything_may_be_said(schools: Schools) -> None:
    said: dict[str, Any] = {
        "title": "日本語",
        "description": "First words.\nNo book needed.",
        "duration": 480,
        "price": 99_999_999,
        "seats": 100,
        "locations": [{"type": "in_person", "address": "Hauptstraße 1"}, {"type": "google_meet"}, {"type": "zoom"}],
        "recurrence": {"frequency": "monthly", "endDate": tomorrow() + timedelta(days=400)},
        "whitelistEnabled": True,
        "immersioCourseId": "course_abc123",
        "syncStudentsFromImmersio": True,
        "refundWindowHours": 0.5,
        "cancellationNoticeHours": 8760,
        "topicCategory": "Languages",
        "workshopType": "live_class",
    }
    found = get(schools, create(schools, **said, currency="eur")["id"])
    without_nulls = [{key: value for key, value in one.items() if value} for one in found.pop("locations")]
    assert (without_nulls, found["currency"], found["slug"]) == (said.pop("locations"), "EUR", "ribenyu")
    assert found.pop("recurrence") == {**said.pop("recurrence"), "count": None}
    assert {name: found[name] for name in said} == said


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "ab"}),
        ("title", {"title": "  ab  "}),
        ("title", {"title": "a" * 101}),
        ("title", {"title": "one\ntwo"}),
        ("title", {"title": "one\u2028two"}),
        ("title", {"title": "one \u202eowt"}),
        ("title", {"title": "\u200b" * 3}),
        ("title", {"title": 123}),
        ("description", {"description": "a" * 2001}),
        ("duration", {"duration": 14}),
        ("duration", {"duration": 481}),
        ("duration", {"duration": 60.5}),
        ("duration", {"duration": "60"}),
        ("price", {"price": -1}),
        ("price", {"price": 15.5}),
        ("price", {"price": 100_000_000}),
        ("price", {"price": 1501, "currency": "KWD"}),
        ("price", {"price": 1550, "currency": "ISK"}),
        ("currency", {"currency": "dollars"}),
        ("currency", {"currency": "XTS"}),  # ISO 4217's code for tests; nobody pays in it
        ("currency", {"currency": "CUP"}),
        ("seats", {"seats": 0}),
        ("seats", {"seats": 101}),
        ("scheduleId", {"scheduleId": 1}),
        ("scheduleId", {"scheduleId": 0}),
        ("scheduleId", {"scheduleId": "1"}),
        ("locations", {"locations": [{"type": "zoom"}] * 11}),
        ("locations", {"locations": "zoom"}),
        ("locations.0.type", {"locations": [{"type": "telepathy"}]}),
        ("locations.0", {"locations": [{"type": "link"}]}),
        ("locations.0.link", {"locations": [{"type": "link", "link": "javascript:alert(1)"}]}),
        ("locations.0.link", {"locations": [{"type": "zoom", "link": "zoom.us/j/123"}]}),
        ("locations.0.link", {"locations": [{"type": "zoom", "link": "https:zoom.us"}]}),
        ("locations.0.link", {"locations": [{"type": "zoom", "link": "https:///zoom.us"}]}),
        ("locations.0.link", {"locations": [{"type": "zoom", "link": "https://zoom.us/j\nBcc: eve@example.com"}]}),
        ("locations.0.link", {"locations": [{"type": "zoom", "link": "https://zoom.us/\x00"}]}),
        ("locations.0.address", {"locations": [{"type": "in_person", "address": ""}]}),
        ("recurrence", {"recurrence": "weekly"}),
        ("recurrence.frequency", {"recurrence": {"frequency": "daily"}}),
        ("recurrence.count", {"recurrence": {"frequency": "weekly", "count": 0}}),
        ("recurrence.count", {"recurrence": {"frequency": "weekly", "count": 10_001}}),
        ("recurrence.endDate", {"recurrence": {"frequency": "weekly", "endDate": "2099-01-01"}}),
        ("recurrence.endDate", {"recurrence": {"frequency": "weekly", "endDate": FAR_AHEAD}}),
        ("recurrence", {"recurrence": {"frequency": "weekly", "endDate": LONG_AGO}}),
        ("recurrence", {"recurrence": {"frequency": "weekly", "count": 2}, "startsAt": LONG_AGO}),
        ("startsAt", {"startsAt": FAR_AHEAD}),
        ("startsAt", {"startsAt": "2099-01-05T17:00:00.000Z"}),
        ("teacherId", {"teacherId": 1}),
        ("teacherId", {"teacherId": "5"}),
        ("whitelistEnabled", {"whitelistEnabled": 1}),
        ("whitelistEmails", {"whitelistEmails": ["ada@example.com"] * 5001}),
        ("whitelistEmails.1", {"whitelistEmails": ["ada@example.com", "ada"]}),
        ("immersioCourseId", {"immersioCourseId": ""}),
        ("syncStudentsFromImmersio", {"syncStudentsFromImmersio": "yes"}),
        ("refundWindowHours", {"refundWindowHours": -0.5}),
        ("refundWindowHours", {"refundWindowHours": 8761}),
        ("cancellationNoticeHours", {"cancellationNoticeHours": -1}),
        ("topicCategory", {"topicCategory": "a" * 101}),
        ("workshopType", {"workshopType": "party"}),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, field: str, changes: dict[str, Any]) -> None:
    """INV-22, for the prices of currencies without cents, or with three decimals."""
    before = schools.rows()
    reply = ask(schools, "create", wish(schools, **changes))
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith(f"{field}: ")
    assert schools.rows() == before


@pytest.mark.parametrize("field", ["description", "scheduleId", "recurrence", "startsAt", "topicCategory", "currency"])
def test_what_is_optional_may_be_left_out_but_is_never_null(schools: Schools, field: str) -> None:
    reply = ask(schools, "create", {**wish(schools), field: None})
    assert (reply.status, reply.json["error"]["json"]["message"].startswith(f"{field}: ")) == (400, True)


@pytest.mark.parametrize("field", ["title", "duration", "price", "seats", "locations", "teacherId"])
def test_what_is_required_is_asked_for_by_name(schools: Schools, field: str) -> None:
    reply = ask(schools, "create", wish(schools, **{field: None}))
    assert (reply.status, reply.json["error"]["json"]["message"]) == (400, f"{field}: is required")


@pytest.mark.parametrize(
    ("price", "currency"), [(0, "USD"), (500, "JPY"), (5000, "KWD"), (12_300, "ISK"), (1, "usd"), (999, "Gbp")]
)
def test_a_price_is_whole_minor_units_as_stripe_counts_them(schools: Schools, price: int, currency: str) -> None:
    """INV-22"""
    found = get(schools, create(schools, price=price, currency=currency)["id"])
    assert (found["price"], found["currency"]) == (price, currency.upper())


@pytest.mark.parametrize("hours", [5e-324, 1e-200, 1e-7])
def test_hours_too_few_to_be_stored_are_none(schools: Schools, hours: float) -> None:
    """DynamoDB takes no number below 1e-130."""
    found = get(schools, create(schools, refundWindowHours=hours, cancellationNoticeHours=hours)["id"])
    assert (found["refundWindowHours"], found["cancellationNoticeHours"]) == (0, 0)


@pytest.mark.parametrize("title", ["می\u200cخواهم بنویسم", "Teachers 👩\u200d🏫", "עברית\u200f!", "\U0001fae9 Rest"])
def test_a_title_is_written_in_any_script_with_its_unseen_joiners(schools: Schools, title: str) -> None:
    """The face came with Unicode 16; whoever runs an older Python knows no such character."""
    assert get(schools, create(schools, title=title)["id"])["title"] == title


def test_without_a_start_a_series_begins_at_the_first_opening_and_stays_there(schools: Schools) -> None:
    """INV-32: 20:00 in Tokyo, also after the teacher moves away and sleeps longer."""
    evenings = schedules.create(schools, timeZone="Asia/Tokyo", availability=EVERY_EVENING)
    made = create(schools, startsAt=None, scheduleId=evenings, recurrence={"frequency": "weekly"})
    first = get(schools, made["id"])["startsAt"]
    assert f"{first.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}" == "20:00"
    assert timedelta() <= first - clock.now() < timedelta(days=1)
    schedules.update(schools, evenings, timeZone="Europe/Lisbon", availability=[{**EVERY_EVENING[0], "days": [2]}])
    again = get(schools, made["id"])
    assert (again["startsAt"], again["nextOccurrence"], again["timeZone"]) == (first, first, "Asia/Tokyo")


def test_without_a_recurrence_it_follows_the_schedule(schools: Schools) -> None:
    evenings = schedules.create(schools, timeZone="UTC", availability=EVERY_EVENING)
    made = create(schools, startsAt=None, recurrence=None, scheduleId=evenings)
    schedules.update(schools, evenings, availability=[{**EVERY_EVENING[0], "startTime": "20:15"}])
    assert f"{get(schools, made['id'])['nextOccurrence']:%H:%M}" == "20:15"
    schedules.ask(schools, "delete", {"scheduleId": evenings})
    assert f"{get(schools, made['id'])['nextOccurrence']:%M}" == "00", "the default one, where the schedule is gone"


def test_the_zone_of_what_follows_a_schedule_is_the_schedules(schools: Schools) -> None:
    made = create(schools, startsAt=None, recurrence=None)["id"]
    assert get(schools, made)["timeZone"] == "Europe/Berlin"
    schedules.update(schools, teacher_id(schools), timeZone="Asia/Tokyo")
    assert get(schools, made)["timeZone"] == "Asia/Tokyo"


def test_a_schedule_without_an_opening_that_is_long_enough_begins_no_series(schools: Schools) -> None:
    evenings = schedules.create(schools, availability=EVERY_EVENING)
    reply = ask(schools, "create", wish(schools, startsAt=None, scheduleId=evenings, duration=91))
    message = "startsAt: is needed, because the teacher's schedule has no opening of 91 minutes"
    assert (reply.status, reply.json["error"]["json"]["message"]) == (400, message)
    assert create(schools, startsAt=None, scheduleId=evenings, duration=90)


def test_the_same_title_gets_the_next_number(schools: Schools) -> None:
    slugs = [create(schools, title="Yoga")["slug"] for _ in range(3)]
    assert slugs == ["yoga", "yoga-2", "yoga-3"]


def test_a_number_that_is_a_title_already_is_passed_over(schools: Schools) -> None:
    titles = ["Yoga 2", "Yoga 3", "Yoga", "Yoga", "yoga!"]
    assert [create(schools, title=title)["slug"] for title in titles] == [
        "yoga-2",
        "yoga-3",
        "yoga",
        "yoga-4",
        "yoga-5",
    ]


def test_a_title_whose_numbers_are_all_taken_still_gets_a_slug_of_its_own(schools: Schools) -> None:
    for number in range(2, 8):
        create(schools, title=f"Yoga {number}")
    create(schools, title="Yoga")
    made = create(schools, title="Yoga")
    assert made["slug"] == f"yoga-{made['id']}"


def test_the_three_hundredth_of_a_title_costs_no_more_than_the_third(schools: Schools) -> None:
    tenant = schools.academy.tenant_id
    create(schools, title="Yoga")
    table.write(table.Update(key=keys.workshop_slug(tenant, "yoga"), set={"numbered": 298}))
    seen: list[str] = []
    table.client().meta.events.register("before-call.dynamodb", lambda model, **_: seen.append(model.name))
    assert create(schools, title="Yoga")["slug"] == "yoga-300"
    assert len(seen) <= 12


def test_another_schools_titles_do_not_count(schools: Schools) -> None:
    """INV-23"""
    create(schools, title="Yoga")
    owner = schools.studio.users[Role.OWNER]["id"]
    sent = wish(schools, title="Yoga", teacherId=owner)
    made = result(schools.call("immersio.workshop.create", schools.studio.cookie(Role.OWNER), sent=sent))
    assert made["slug"] == "yoga"
    assert store.find_slug(schools.studio.tenant_id, "yoga") == made["id"]


def test_immersio_is_told_as_specified_in_the_same_transaction(schools: Schools) -> None:
    """INV-27"""
    made = create(schools, immersioCourseId="course_abc123")
    (message,) = (row for row in schools.rows() if row["entity"] == "outbox")
    assert (message["queue"], message["kind"], message["sequence"]) == ("immersio-webhooks", "WORKSHOP_CREATED", 1)
    assert message["payload"] == {
        "workshop": {
            "id": made["id"],
            "eventTypeId": made["eventTypeId"],
            "title": "Business English Workshop",
            "slug": "business-english-workshop",
            "duration": 60,
            "price": 1500,
            "currency": "USD",
            "seats": 8,
            "immersioCourseId": "course_abc123",
            "teacher": {"id": teacher_id(schools), "name": "Mei Tanaka", "email": "mei@language-academy.example"},
        },
        "tenant": {"id": schools.academy.tenant_id, "slug": "language-academy"},
    }


def test_the_plan_allows_so_many_and_archived_ones_do_not_count(schools: Schools) -> None:
    """INV-07"""
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"plan_type": "starter"}))
    made = [create(schools, title=f"Yoga {number}")["id"] for number in range(5)]
    before = schools.rows()
    reply = ask(schools, "create", wish(schools))
    message = "Your plan starter allows 5 workshops, and all are used; archive one, or change the plan for more"
    assert (reply.status, reply.json["error"]["json"]["message"]) == (403, message)
    assert error(reply)["appCode"] == "FORBIDDEN"
    assert schools.rows() == before, "nothing is written, and nothing told"
    assert ask(schools, "archive", {"id": made[0]}).status == 200
    assert create(schools)
    assert ask(schools, "create", wish(schools)).status == 403


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_owner_and_administrators_create_for_all_of_the_staff(schools: Schools, role: Role) -> None:
    for teacher in (Role.OWNER, Role.ADMIN, Role.MEMBER):
        made = create(schools, role, teacherId=teacher_id(schools, teacher))
        assert stored(schools, made["id"]).teacher_id == teacher_id(schools, teacher)


def test_a_teacher_creates_for_themselves_only(schools: Schools) -> None:
    """INV-24"""
    assert create(schools, Role.MEMBER)
    before = schools.rows()
    for other in (teacher_id(schools, Role.OWNER), schools.studio.users[Role.OWNER]["id"], 1):
        reply = ask(schools, "create", wish(schools, teacherId=other), Role.MEMBER)
        assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    assert schools.rows() == before


def test_students_and_people_of_other_schools_do_not_teach(schools: Schools) -> None:
    """INV-23: somebody of another school is answered for like somebody who is not there."""
    student, stranger = teacher_id(schools, Role.STUDENT), schools.studio.users[Role.OWNER]["id"]
    replies = [ask(schools, "create", wish(schools, teacherId=one)) for one in (1, student, stranger)]
    assert {(reply.status, reply.body) for reply in replies} == {(400, replies[0].body)}


def test_a_schedule_must_be_the_teachers_own(schools: Schools) -> None:
    of_owner = schedules.create(schools, Role.OWNER)
    reply = ask(schools, "create", wish(schools, scheduleId=of_owner))
    message = "scheduleId: must be one of the teacher's schedules"
    assert (reply.status, reply.json["error"]["json"]["message"]) == (400, message)
    assert create(schools, scheduleId=of_owner, teacherId=teacher_id(schools, Role.OWNER))


def test_a_price_may_be_set_before_stripe_is_connected(schools: Schools) -> None:
    assert create(schools, price=1500)
    assert listed(schools)["workshops"][0]["price"] == 1500


def test_a_lost_race_for_a_slug_is_run_again(schools: Schools) -> None:
    """While the first is about to be written, a second one of that title is."""
    meanwhile = iter([lambda: create(schools, title="Yoga")])

    def interfere(**_: Any) -> None:
        next(meanwhile, dict)()

    table.client().meta.events.register("before-call.dynamodb.TransactWriteItems", interfere)
    assert create(schools, title="Yoga")["slug"] == "yoga-2"
    assert listed(schools)["totalCount"] == 2


def test_those_of_the_list_given_may_book(schools: Schools) -> None:
    """INV-25"""
    from immersio.whitelist import service

    emails = [f"student-{number}@example.com" for number in range(150)]
    made = create(schools, whitelistEnabled=True, whitelistEmails=[*emails, "Student-0@Example.com "])
    found = service.listed(schools.academy.tenant_id, made["id"])
    assert sorted(entry.email for entry in found) == sorted(emails)


def test_as_many_may_be_on_the_list_as_are_allowed_however_long_their_addresses(schools: Schools) -> None:
    """What is refused is the title, so that nothing is written; a body that is too large would be answered 413."""
    longest = [
        "a" * 60 + f"{number:04}@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".com" for number in range(5000)
    ]
    reply = ask(schools, "create", wish(schools, title="", whitelistEmails=longest))
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith("title: ")


def test_of_a_workshop_that_is_refused_no_list_is_left(schools: Schools) -> None:
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"plan_type": "lite"}))
    create(schools)
    before = schools.rows()
    assert ask(schools, "create", wish(schools, whitelistEmails=["ada@example.com"])).status == 403
    assert schools.rows() == before


def test_the_sample_event_is_taken(schools: Schools) -> None:
    sent = sample_input("immersio.workshop.create") | {"teacherId": teacher_id(schools)}
    assert result(ask(schools, "create", sent))["slug"] == "business-english-workshop"


def test_one_more_workshop_than_can_follow_a_course_is_refused_with_the_limit(schools: Schools) -> None:
    names: dict[str, Any] = {"immersioCourseId": "course_abc123", "syncStudentsFromImmersio": True}
    for _ in range(MOST_FOLLOWERS):
        create(schools, **names)
    reply = ask(schools, "create", wish(schools, **names))
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    assert error(reply)["details"] == {"limit": MOST_FOLLOWERS}


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask(schools, "create", wish(schools))
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
