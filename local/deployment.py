"""Deploys the template into MiniStack and becomes what a function finds there: its environment and its secrets."""

import base64
import os
from dataclasses import dataclass, field
from secrets import token_bytes, token_urlsafe

from local import infrastructure
from local.infrastructure import Infrastructure
from local.template import Template


@dataclass(frozen=True)
class Secrets:
    """Made anew for every start; no secret stands in the code."""

    resman_partner_id: str = "demo-partner"
    resman_api_key: str = field(default_factory=lambda: token_urlsafe(24))
    resman_webhook: str = field(default_factory=lambda: token_urlsafe(33))
    stripe_key: str = field(default_factory=lambda: f"sk_test_{token_urlsafe(24)}")
    stripe_webhook: str = field(default_factory=lambda: f"whsec_{token_urlsafe(24)}")
    immersio_webhook: str = field(default_factory=lambda: token_urlsafe(33))
    immersio_key: str = field(default_factory=lambda: f"imk_{token_urlsafe(24)}")
    other_immersio_key: str = field(default_factory=lambda: f"imk_{token_urlsafe(24)}")
    """Of the two demo schools' organisations; each is put in by its school."""
    sign_on: str = field(default_factory=lambda: token_urlsafe(33))
    session: str = field(default_factory=lambda: token_urlsafe(33))
    outgoing_webhook: str = field(default_factory=lambda: "whsec_" + base64.b64encode(token_bytes(33)).decode())

    def by_variable(self) -> dict[str, dict[str, str]]:
        """The content of each secret, by the environment variable that names it."""
        return {
            "RESMAN_SECRET": {
                "integration_partner_id": self.resman_partner_id,
                "api_key": self.resman_api_key,
                "webhook_secret": self.resman_webhook,
            },
            "IMMERSIO_SECRET": {"webhook_secret": self.immersio_webhook, "sign_on_secret": self.sign_on},
            "SESSION_SECRET": {"secret": self.session},
            "STRIPE_SECRET": {"secret_key": self.stripe_key, "webhook_secret": self.stripe_webhook},
            "TOURS_WEBHOOK_SECRET": {"signing_secret": self.outgoing_webhook},
        }


@dataclass(frozen=True)
class Deployment:
    infrastructure: Infrastructure
    environment: dict[str, str]
    secrets: Secrets

    def sign_tours_with(self, secret: str) -> None:
        """The school's own secret for the tours too, so that one verifies all that arrives at `/_local/webhooks`."""
        infrastructure.put_secret(self.environment["TOURS_WEBHOOK_SECRET"], {"signing_secret": secret})


def deploy(
    template: Template, aws_url: str, parameters: dict[str, str], secrets: Secrets, *, assets_url: str
) -> Deployment:
    """Build the resources, fill the secrets, and set this process's environment as the functions' own.

    There is no CloudFront here; `assets_url` is what stands in for it.
    """
    infrastructure.use_aws_endpoint(aws_url)
    built = Infrastructure(template.body, {"Stage": "local", **parameters}, template.expressions())
    environment = {name: built.value(expression) for name, expression in template.environment().items()}
    known = {name: value for name, value in environment.items() if value is not None} | {"ASSETS_URL": assets_url}
    os.environ |= known
    for variable, content in secrets.by_variable().items():
        infrastructure.put_secret(known[variable], content)
    infrastructure.verify_sender(known["MAIL_FROM"])
    return Deployment(built, known, secrets)
