"""Brings the parts together: AWS, sandboxes, gateway, demo data, event sources; and takes them down again."""

import os
from contextlib import ExitStack
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from local import assets, courses, demo, inspection, schools, template, terminal, workshops
from local.cors import Cors
from local.deployment import Deployment, Secrets, deploy
from local.events import EventSource
from local.functions import Functions
from local.gateway import Gateway
from local.mailbox import Mailbox
from local.ministack import MiniStack
from local.processes import LOOPBACK
from local.queues import POLLERS_PER_QUEUE, Queue
from local.sandboxes import immersio, resman, stripe
from local.schedules import Schedule
from local.servers import WebServer, listen
from local.streams import Stream

GATEWAY_THREADS = 64
SANDBOX_THREADS = 32


class Stack:
    """Everything that runs; `description` is what `/_local` tells of it."""

    def __init__(self, port: int) -> None:
        self.description: dict[str, Any] = {}
        self._at_end = ExitStack()
        self._listener = listen(port)
        self._at_end.callback(self._listener.close)
        self._template = template.read()
        self._functions = Functions()
        self._trusted_origins = os.environ.get("TRUSTED_ORIGINS", "")

    def start(self) -> None:
        secrets = Secrets()
        sandboxes = self._start_sandboxes(secrets)
        terminal.note("AWS services (MiniStack)")
        aws = MiniStack()  # after all others that take a port: its own is free until it has come up
        self._at_end.callback(aws.stop)
        aws.wait_until_ready()
        terminal.note("resources of template.yaml")
        parameters = {
            "ResmanBaseUrl": sandboxes["resman"],
            "StripeBaseUrl": sandboxes["stripe"],
            "ImmersioBaseUrl": sandboxes["immersio"],
            "ImmersioSignOnUrl": sandboxes["immersio"],
            "TrustedOrigins": self._trusted_origins,
            "BookingBaseUrl": self.url.replace(LOOPBACK, "localhost"),  # any name below it is ours too
        }
        deployment = deploy(self._template, aws.url, parameters, secrets, assets_url=self.url)
        terminal.note("functions and demo data")
        self._start_gateway(aws.url, deployment.environment["ASSETS_BUCKET"])
        self._describe(aws.url, deployment, sandboxes)
        self._create_demo_data(deployment)
        self._start_event_sources(deployment)

    def stop(self) -> None:
        self._at_end.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _start_sandboxes(self, secrets: Secrets) -> dict[str, str]:
        """The partners, by name; each is a real HTTP server that keeps state."""
        applications = {
            "resman": resman.create_app(
                demo.in_resman(), integration_partner_id=secrets.resman_partner_id, api_key=secrets.resman_api_key
            ),
            "stripe": stripe.create_app(
                secrets.stripe_key,
                webhook_secret=secrets.stripe_webhook,
                webhook_url=f"{self.url}/api/v1/webhooks/stripe",
            ),
            "immersio": immersio.create_app(
                immersio.demo_organizations(_immersio_keys(secrets)),
                webhook_secret=secrets.immersio_webhook,
                webhook_url=f"{self.url}/api/v1/webhooks/immersio",
                sign_on_secret=secrets.sign_on,
            ),
        }
        servers = {name: WebServer(app, threads=SANDBOX_THREADS) for name, app in applications.items()}
        for server in servers.values():
            self._at_end.callback(server.stop)
        return {name: server.url for name, server in servers.items()}

    def _start_gateway(self, aws_url: str, bucket: str) -> None:
        gateway = Gateway(self._template.routes, Cors(self._template.cors(self._trusted_origins)), self._functions)
        local_pages = inspection.application(Mailbox(aws_url), self.description)
        images = assets.application(bucket)
        application = DispatcherMiddleware(gateway, {"/_local": local_pages, f"/{assets.FOLDER}": images})
        server = WebServer(application, self._listener, GATEWAY_THREADS)
        self._at_end.callback(server.stop)
        os.environ["AWS_ENDPOINT_URL_SESV2"] = f"{self.url}/_local/ses"

    def _create_demo_data(self, deployment: Deployment) -> None:
        sink = f"{self.url}/_local/webhooks"
        self.description |= demo.create(self._template, self._functions, sink)
        told, secret = schools.create(self._template, self._functions, deployment.secrets.session, sink)
        self.description |= told
        owner = workshops.Owner(self._template, self._functions, told["cookies"]["owner"])
        self.description |= workshops.create(owner, told["teacherId"], stripe.LANGUAGE_ACADEMY)
        courses.connect(owner, told["tenant"]["immersioOrgId"], deployment.secrets.immersio_key, sink)
        self.description |= courses.map_course(owner, self.description["workshopIds"]["whitelisted"])
        self.description["secrets"]["outgoingWebhook"] = secret
        deployment.sign_tours_with(secret)

    def _start_event_sources(self, deployment: Deployment) -> None:
        for source in self._event_sources(deployment):
            source.start()
            self._at_end.callback(source.stop)

    def _event_sources(self, deployment: Deployment) -> list[EventSource]:
        value = deployment.infrastructure.require
        queues = [
            Queue(source, value(source.queue), self._functions)
            for source in self._template.queues
            for _ in range(POLLERS_PER_QUEUE)
        ]
        streams = [
            Stream(source, value(source.stream), source.on_failure and value(source.on_failure), self._functions)
            for source in self._template.streams
        ]
        return [*queues, *streams, *(Schedule(source, self._functions) for source in self._template.schedules)]

    def _describe(self, aws_url: str, deployment: Deployment, sandboxes: dict[str, str]) -> None:
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        self.description |= {
            "apiUrl": self.url,
            "secrets": {
                "resmanWebhook": deployment.secrets.resman_webhook,
                "stripeWebhook": deployment.secrets.stripe_webhook,
                "immersioWebhook": deployment.secrets.immersio_webhook,
                "sso": deployment.secrets.sign_on,
                "nextAuth": deployment.secrets.session,
            },
            "sandboxes": sandboxes,
            "stripeAccounts": {
                "tenant": stripe.LANGUAGE_ACADEMY,
                "otherTenant": stripe.MUSIC_STUDIO,
                "unfinished": stripe.UNFINISHED,
            },
            "immersioApiKeys": {
                "tenant": deployment.secrets.immersio_key,
                "otherTenant": deployment.secrets.other_immersio_key,
            },
            "awsEndpointUrl": aws_url,
            "environment": aws | deployment.environment,
        }


def _immersio_keys(secrets: Secrets) -> dict[str, str]:
    return {
        immersio.LANGUAGE_ACADEMY: secrets.immersio_key,
        immersio.MUSIC_STUDIO: secrets.other_immersio_key,
    }
