"""Demo data of the second half, made by the operators' own function: two schools, and cookies of their people."""

from typing import Any

from local.functions import Functions
from local.template import Template

LANGUAGE_ACADEMY: dict[str, Any] = {
    "name": "Language Academy",
    "slug": "language-academy",
    "plan": "growth",
    "time_zone": "Europe/Berlin",
    "logo_url": "https://cdn.example.com/language-academy.png",
    "immersio_org_id": "org_language_academy",
    "owner": {"name": "Olga Brandt", "email": "olga@language-academy.example", "username": "olga"},
    "team": [
        {"name": "Akira Sato", "email": "akira@language-academy.example", "username": "akira", "role": "ADMIN"},
        {"name": "Mei Tanaka", "email": "mei@language-academy.example", "username": "mei", "role": "MEMBER"},
    ],
}
MUSIC_STUDIO: dict[str, Any] = {
    "name": "Music Studio",
    "slug": "music-studio",
    "plan": "starter",
    "time_zone": "America/New_York",
    "immersio_org_id": "org_music_studio",
    "owner": {"name": "Oscar Reed", "email": "oscar@music-studio.example", "username": "oscar"},
}


def create(
    template: Template, functions: Functions, session_secret: str, webhook_url: str
) -> tuple[dict[str, Any], str]:
    """Set everything up; what `/_local` tells of it, and what the first school's webhooks are signed with."""
    school, other = (
        functions.invoke(template.functions["ImmersioOperatorsCreateTenant"], each)
        for each in ({**LANGUAGE_ACADEMY, "webhook_url": webhook_url}, MUSIC_STUDIO)
    )
    owner, admin, member = (cookie(user, session_secret) for user in school["users"])
    (other_owner,) = (cookie(user, session_secret) for user in other["users"])
    description = {
        "tenant": _told(school, LANGUAGE_ACADEMY),
        "otherTenant": _told(other, MUSIC_STUDIO),
        "cookies": {"owner": owner, "admin": admin, "member": member, "otherOwner": other_owner},
        "teacherId": school["users"][2]["id"],
    }
    return description, school["webhook_secret"]


def cookie(user: dict[str, Any], secret: str, /, **claims: Any) -> str:
    """`name=value`, as NextAuth makes it on http."""
    from kernel import session  # found once `Functions` has put the layers on the path

    ((name, value),) = session.cookies(user["id"], user["email"], secret, secure=False, **claims).items()
    return f"{name}={value}"


def _told(created: dict[str, Any], school: dict[str, Any]) -> dict[str, Any]:
    return {"id": created["tenant_id"], "slug": created["slug"], "immersioOrgId": school["immersio_org_id"]}
