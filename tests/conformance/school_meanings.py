"""What the procedures of a school, its workshops and its integration are there for, seen by what comes of each."""

from typing import Any

from tests.conformance.documents import operation
from tests.conformance.seats import asked, book, booked, cancelled
from tests.conformance.stage import Stage
from tests.support.local_stack import eventually


def it_is_told_of_itself(stage: Stage) -> None:
    school = stage.founded(plan="starter", name="Night School")
    told = asked(stage, "immersio.tenant.get", {}, school)
    assert (told["id"], told["slug"], told["name"]) == (school.id, school.slug, "Night School")
    assert [told["plan"][name] for name in ("type", "maxTeachers", "maxBookingsPerMonth", "maxEventTypes")] == [
        "starter",
        2,
        50,
        5,
    ]
    has = ("stripeConnected", "immersioConnected", "landingPagePublished")
    assert [told[name] for name in has] == [False, False, False]
    academy = stage.ask("immersio.tenant.get", {}, stage.owner, "query")
    assert [academy[name] for name in has[:2]] == [True, True]


def stripe_is_configured(stage: Stage) -> None:
    assert stage.call(operation("immersio.tenant.updateStripeCredentials")).status == 200
    assert stage.ask("immersio.tenant.get", {}, stage.other_owner, "query")["stripeConnected"]


def its_use_is_counted(stage: Stage) -> None:
    school = stage.founded()
    workshop = stage.workshop(school)
    seats = [booked(stage, school, workshop) for _ in range(3)]
    cancelled(stage, seats[0])
    month = {"period": "month"}

    def counted() -> bool:
        told = asked(stage, "immersio.tenant.getStats", month, school)
        of_all = ("totalBookings", "cancelledBookings", "teacherCount", "workshopCount", "studentCount")
        (top,) = told["topWorkshops"] or [{}]
        return [told[name] for name in of_all] == [3, 1, 1, 1, 3] and top.get("id") == workshop["id"]

    assert eventually(counted), asked(stage, "immersio.tenant.getStats", month, school)
    _ = stage.story.kept
    assert eventually(lambda: stage.ask("immersio.tenant.getStats", month, stage.owner, "query")["totalRevenue"] > 0)
    of_academy = stage.ask("immersio.tenant.getStats", month, stage.owner, "query")
    assert of_academy["totalRevenue"] % 1500 == 0, "in cents"
    assert of_academy["averageBookingValue"] > 0


def whom_it_invites_joins(stage: Stage) -> None:
    school, email = stage.founded(), stage.new_email
    invited = {"email": email, "name": "Grace Hopper", "role": "ADMIN"}
    link = stage.ask("immersio.tenant.inviteTeacher", invited, school.owner)["inviteLink"]
    accepted = stage.wire.send("POST", f"/api/v1/public/invites/{link.rpartition('/')[2]}/accept", json={})
    told = accepted.value["user"]
    assert {name: told[name] for name in invited} == invited
    cookie = f"next-auth.session-token={accepted.value['sessionToken']}"
    assert stage.ask("immersio.tenant.get", {}, cookie, "query")["id"] == school.id


def a_workshop_is_as_it_was_made(stage: Stage) -> None:
    create = operation("immersio.workshop.create")
    made = stage.call(create).value
    told = stage.ask("immersio.workshop.get", {"id": made["id"]}, stage.principal, "query")
    sent = {name: value for name, value in create.sends.items() if not str(value).startswith("$")}
    for name in sent.keys() - {"whitelistEmails", "recurrence"}:
        assert told[name] == sent[name], name
    assert (told["teacher"]["id"], told["slug"]) == (stage.teacher, made["slug"])
    assert (told["recurrence"]["frequency"], told["recurrence"]["count"]) == ("weekly", 8)
    assert told["bookingUrl"] == made["bookingUrl"]
    assert made["bookingUrl"].endswith(f"/{made['slug']}")


def workshops_are_listed_by_what_is_asked(stage: Stage) -> None:
    school, course = stage.founded(has_team=True), stage.new_id
    first, second, third = (
        stage.workshop(school, teacherId=teacher, title=title, immersioCourseId=of)["id"]
        for title, teacher, of in (
            ("One", school.owner_id, course),
            ("Two", school.teacher_id, stage.new_id),
            ("Three", school.teacher_id, course),
        )
    )
    stage.ask("immersio.workshop.update", {"id": second, "status": "draft"}, school.owner)
    stage.ask("immersio.workshop.archive", {"id": third}, school.owner)

    def ids(**sent: Any) -> list[int]:
        return [one["id"] for one in asked(stage, "immersio.workshop.list", sent, school)["workshops"]]

    assert [ids(status=status) for status in ("active", "draft", "archived")] == [[first], [second], [third]]
    assert ids(teacherId=school.owner_id) == [first]
    assert set(ids(immersioCourseId=course)) == {first, third}
    pages = [asked(stage, "immersio.workshop.list", {"page": page, "limit": 2}, school) for page in (1, 2)]
    assert [(one["totalCount"], one["totalPages"], one["page"]) for one in pages] == [(3, 2, 1), (3, 2, 2)]
    assert [one["id"] for page in pages for one in page["workshops"]] == [third, second, first]


def who_is_on_the_list_may_book(stage: Stage) -> None:
    workshop = stage.workshop(stage.annex, whitelistEnabled=True)
    ada, bo, cy = (stage.new_email for _ in range(3))

    def changed(mode: str, *emails: str) -> list[int]:
        sent = {"workshopId": workshop["id"], "mode": mode, "emails": [{"email": email} for email in emails]}
        told = stage.ask("immersio.workshop.updateWhitelist", sent, stage.principal)
        return [told[name] for name in ("totalWhitelisted", "added", "removed", "duplicatesSkipped")]

    assert changed("add", ada, bo) == [2, 2, 0, 0]
    assert changed("add", bo, cy) == [3, 1, 0, 1]
    assert changed("remove", ada) == [2, 0, 1, 0]
    assert changed("replace", ada) == [1, 1, 2, 0]
    assert [book(stage, stage.annex, workshop, email).status for email in (bo, cy, ada)] == [403, 403, 201]


def bookings_are_listed_by_what_is_asked(stage: Stage) -> None:
    workshop = stage.workshop(stage.annex)
    kept, given_back = (booked(stage, stage.annex, workshop)["booking"] for _ in range(2))
    later = booked(stage, stage.annex, workshop, stage.in_days(8))["booking"]
    uids = [one["uid"] for one in (kept, given_back, later)]
    stage.ask("immersio.booking.cancel", {"uid": given_back["uid"]}, stage.principal)

    def found(**sent: Any) -> list[str]:
        told = stage.ask(
            "immersio.workshop.getBookings", {"workshopId": workshop["id"], **sent}, stage.principal, "query"
        )
        assert told["totalCount"] == len(told["bookings"])
        return [one["uid"] for one in told["bookings"]]

    assert sorted(found()) == sorted(uids)
    assert sorted(found(status="accepted")) == sorted([kept["uid"], later["uid"]])
    assert (found(status="cancelled"), found(status="pending")) == ([given_back["uid"]], [])
    assert found(startDate=stage.in_days(8)) == [later["uid"]]
    assert sorted(found(endDate=stage.in_days(1))) == sorted(uids[:2])


def immersio_is_connected(stage: Stage) -> None:
    good, bad = stage.replies(operation("immersio.integration.connect"))
    assert good.value["testResult"]["connectionValid"] is True
    assert bad.value["testResult"]["connectionValid"] is False
    assert stage.ask("immersio.tenant.get", {}, stage.other_owner, "query")["immersioConnected"]


def courses_are_read(stage: Stage) -> None:
    begun = next(one.value for one in stage.replies(operation("immersio.integration.syncCourses")))

    def log() -> dict[str, Any]:
        logs = stage.ask("immersio.integration.getSyncHistory", {"limit": 100}, stage.owner, "query")["logs"]
        (found,) = [one for one in logs if one["id"] == begun["syncId"]]
        return dict(found)

    assert eventually(lambda: log()["status"] == "completed"), log()
    assert log()["recordsProcessed"] > 0
    assert log()["direction"] == "pull"


def a_course_is_the_workshops(stage: Stage) -> None:
    mapped = stage.call(operation("immersio.integration.mapCourse")).value
    assert mapped["courseName"]
    assert mapped["studentCount"] > 0
    named = {"id": stage.course_workshop}
    assert stage.ask("immersio.workshop.get", named, stage.owner, "query")["immersioCourseId"] == "course_abc123"


def syncs_are_told_the_latest_first(stage: Stage) -> None:
    all_there_are = operation("immersio.integration.getSyncHistory").sends
    logs = stage.ask("immersio.integration.getSyncHistory", all_there_are, stage.historian, "query")["logs"]
    assert [one["status"] for one in logs] == ["started", *["completed"] * 19, "failed"]
    assert logs == sorted(logs, key=lambda one: one["startedAt"], reverse=True)
    assert [one["completedAt"] is None for one in logs] == [True, *[False] * 20]
