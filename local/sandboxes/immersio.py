"""Immersio on loopback, as docs/immersio-api.md describes it: its API, its events, and its sign-on page.

There are other doors, which Immersio itself does not have:

    GET  /_state      what is held
    POST /_enrol      {"courseId", "email", "name"?, "studentId"?}: somebody enrols, and our platform is told
    POST /_unenrol    {"courseId", "email" or "studentId"}: and leaves
    POST /_course     {"courseId", "name"?, "description"?, "status"?}: changed, archived, deleted; created with "orgId"
    POST /_student    {"studentId", "email"?, "name"?}: has another address or name
    GET  /_events     all events, each with its body and with headers that hold now
    POST /_deliver    {"webhookIds": [ids]}: send these now, in this order, however often they were sent before
    POST /_limit      {"requestsPerMinute": number or null}: for each key, from now on; there is no limit at first
    POST /_faults     see `local.sandboxes.faults`
    POST /_token, POST /_rotate_keys    see `local.sandboxes.immersio_sign_on`

The first four take "silent": true, and then nobody is told of it.
"""

from collections.abc import Iterable, Mapping, Sequence

from flask import Flask

from local.sandboxes import faults, immersio_api, immersio_controls, immersio_sign_on
from local.sandboxes.immersio_post import PAUSES, Post
from local.sandboxes.immersio_school import Books, Course, Organization, Student

__all__ = ["Course", "Organization", "Student", "create_app", "demo_organizations"]

LANGUAGE_ACADEMY = "org_language_academy"
MUSIC_STUDIO = "org_music_studio"
DEMO_KEYS = {LANGUAGE_ACADEMY: "imk_language_academy", MUSIC_STUDIO: "imk_music_studio"}
WEBHOOK_SECRET = "immersio_webhook_secret_of_the_sandbox"  # noqa: S105 - signs what a sandbox sends
SIGN_ON_SECRET = "immersio_sign_on_secret_of_the_sandbox"  # noqa: S105


def demo_organizations(api_keys: Mapping[str, str] = DEMO_KEYS) -> list[Organization]:
    """The organisations of the demo's schools, with courses and who is enrolled in them."""
    academy = Organization(LANGUAGE_ACADEMY, "Language Academy", api_keys[LANGUAGE_ACADEMY])
    sofia = Student("student_456", "sofia@example.com", "Sofia Lindqvist")
    john = Student("student_457", "john@example.com", "John Doe")
    amara = Student("student_458", "amara@example.com", "Amara Okafor")
    academy.add(Course("course_abc123", "Business English Level 2", "Meetings, letters, negotiations"), sofia, john)
    academy.add(Course("course_abc124", "German for Beginners", "From the first word"), amara)
    academy.add(Course("course_abc125", "IELTS Preparation", "Last year's", status="archived"), john)
    studio = Organization(MUSIC_STUDIO, "Music Studio", api_keys[MUSIC_STUDIO])
    studio.add(Course("course_mus001", "Piano, First Year"), Student("student_901", "noor@example.com", "Noor Haddad"))
    return [academy, studio]


def create_app(
    organizations: Iterable[Organization] | None = None,
    *,
    webhook_secret: str = WEBHOOK_SECRET,
    webhook_url: str | None = None,
    sign_on_secret: str = SIGN_ON_SECRET,
    pauses: Sequence[float] = PAUSES,
) -> Flask:
    """Events go to `webhook_url` by themselves; without one they are kept, to be fetched and delivered by hand."""
    app = Flask(__name__)
    books = Books(demo_organizations() if organizations is None else organizations)
    faults.install(app)
    immersio_controls.install(app, books, Post(webhook_secret, webhook_url, pauses))
    immersio_sign_on.install(app, books, sign_on_secret)
    immersio_api.install(app, books)
    return app
