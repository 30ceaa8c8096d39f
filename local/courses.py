"""What the first demo school has at Immersio, connected as its owner does it. The second can be connected by hand."""

from local.workshops import Owner


def connect(owner: Owner, org_id: str, api_key: str, webhook_url: str) -> None:
    """What happens at the school is told at this address."""
    sent = {"immersioOrgId": org_id, "apiKey": api_key, "webhookUrl": webhook_url}
    answer = owner.call("ImmersioIntegrationConnect", "immersio.integration.connect", sent)
    if not answer["success"]:
        raise RuntimeError(f"demo data: {answer['testResult']['error']}")
