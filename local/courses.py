"""What the first demo school has at Immersio, connected as its owner does it. The second can be connected by hand."""

from local.workshops import Owner

BUSINESS_ENGLISH = "course_abc123"


def connect(owner: Owner, org_id: str, api_key: str, webhook_url: str) -> None:
    """What happens at the school is told at this address."""
    sent = {"immersioOrgId": org_id, "apiKey": api_key, "webhookUrl": webhook_url}
    answer = owner.call("ImmersioIntegrationConnect", "immersio.integration.connect", sent)
    if not answer["success"]:
        raise RuntimeError(f"demo data: {answer['testResult']['error']}")


def map_course(owner: Owner, workshop_id: int) -> dict[str, str]:
    """Whoever is enrolled in the course may book this workshop; what `/_local` tells of it."""
    sent = {"workshopId": workshop_id, "immersioCourseId": BUSINESS_ENGLISH, "syncStudents": True}
    owner.call("ImmersioIntegrationMapCourse", "immersio.integration.mapCourse", sent)
    return {"mappedCourseId": BUSINESS_ENGLISH}
