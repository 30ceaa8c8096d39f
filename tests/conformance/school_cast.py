"""The schools that calls name: the demo's two, whose partners are there, and some of these tests' own."""

from functools import cached_property
from typing import Any

from tests.conformance import founding
from tests.conformance.cast import A_CLASS, Cast
from tests.conformance.documents import operation
from tests.conformance.founding import School


class SchoolCast(Cast):
    @property
    def owner(self) -> str:
        return str(self.told["cookies"]["owner"])

    @property
    def other_owner(self) -> str:
        return str(self.told["cookies"]["otherOwner"])

    @property
    def new_owner(self) -> str:
        return self.founded().owner

    def is_syncing(self) -> bool:
        """The demo's school, by its history."""
        logs = self.ask("immersio.integration.getSyncHistory", {}, self.owner, "query")["logs"]
        return any(log["status"] == "started" for log in logs)

    @cached_property
    def annex(self) -> School:
        """Where most is tried: nobody is told of what happens there."""
        school = self.founded(has_team=True)
        founding.with_portrait(self.told, school.teacher_id)
        return school

    @property
    def principal(self) -> str:
        return self.annex.owner

    @property
    def teacher(self) -> int:
        return self.annex.teacher_id

    @cached_property
    def open_workshop(self) -> int:
        return int(self.workshop(self.annex)["id"])

    @cached_property
    def followed_course(self) -> str:
        """One that a workshop of the annex follows."""
        course = self.new_id
        self.workshop(self.annex, immersioCourseId=course)
        return course

    @cached_property
    def historian(self) -> str:
        return founding.with_history(self.told, self.founded(), 21).owner

    @cached_property
    def design(self) -> School:
        """A school of one teacher whose page has everything a page can have."""
        school = self.founded(logo_url="https://cdn.example.com/annex.png")
        founding.with_portrait(self.told, school.owner_id)
        self.ask("immersio.landing.updateSettings", operation("immersio.landing.updateSettings").sends, school.owner)
        self.ask("immersio.landing.publish", {}, school.owner)
        return school

    @cached_property
    def bare(self) -> School:
        """A school of one teacher whose page has nothing that it may lack, and whose classes have no time."""
        school = self.founded()
        fields = operation("immersio.landing.updateSettings").input.fields
        nothing: dict[str, Any] = {name: None for name, shape in fields.items() if shape.is_nullable}
        self.ask("immersio.landing.updateSettings", nothing, school.owner)
        self.ask("immersio.landing.publish", {}, school.owner)
        return school

    @property
    def bare_owner(self) -> str:
        _ = self.bare_workshop
        return self.bare.owner

    @property
    def bare_school(self) -> str:
        _ = self.bare_workshop
        return self.bare.slug

    @cached_property
    def bare_workshop(self) -> str:
        """It takes place whenever its teacher has time, which is never."""
        sent = {key: value for key, value in A_CLASS.items() if key not in {"description", "recurrence"}}
        made = self.ask("immersio.workshop.create", {**sent, "teacherId": self.bare.owner_id}, self.bare.owner)
        never = {"scheduleId": self.bare.owner_id, "schedule": [[] for _ in range(7)]}
        self.ask("viewer.availability.schedule.update", never, self.bare.owner)
        return str(made["slug"])

    @cached_property
    def free_workshop(self) -> int:
        """One of the annex's of which somebody has a seat."""
        made = self.workshop(self.annex)
        sent = {
            "startTime": self.in_days(1).isoformat(),
            "attendee": {"email": self.new_email, "name": "Ada", "timeZone": "UTC"},
        }
        booked = self.wire.send(
            "POST",
            f"/api/v1/public/workshops/{made['slug']}/bookings",
            params={"tenantSlug": self.annex.slug},
            json=sent,
        )
        assert booked.status == 201, booked
        return int(made["id"])

    @property
    def designer(self) -> str:
        return self.design.owner

    @property
    def designed_school(self) -> str:
        _ = self.designed_workshop
        return self.design.slug

    @cached_property
    def designed_workshop(self) -> str:
        return str(self.workshop(self.design, title=f"Conversation {self.new_id}")["slug"])

    @property
    def course_workshop(self) -> int:
        return int(self.told["workshopIds"]["whitelisted"])

    # partners

    @property
    def other_stripe_account(self) -> str:
        return str(self.told["stripeAccounts"]["otherTenant"])

    @property
    def org(self) -> str:
        return str(self.told["tenant"]["immersioOrgId"])

    @property
    def other_org(self) -> str:
        return str(self.told["otherTenant"]["immersioOrgId"])

    @property
    def other_immersio_key(self) -> str:
        return str(self.told["immersioApiKeys"]["otherTenant"])

    @property
    def receiver(self) -> str:
        return f"{self.stack.url}/_local/webhooks"

    @property
    def new_course(self) -> str:
        course = self.new_id
        self.sandbox("immersio", "/_course", courseId=course, orgId=self.org, name="A course", silent=True)
        return course

    @property
    def new_token(self) -> str:
        """Of a student of the academy, to sign in with."""
        return str(self.sandbox("immersio", "/_token", orgId=self.org, email=self.new_email, name="Ada")["token"])
