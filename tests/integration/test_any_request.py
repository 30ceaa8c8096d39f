"""Schemathesis over the running stack: whatever the published document allows or forbids, the answer keeps to it.

It is run as its users run it, with all its checks, on the document that is served. What it found has plain tests.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.local_stack import LocalStack

CONFIGURATION = """
hooks = "tests.support.many_places"
continue-on-failure = true
suppress-health-check = ["filter_too_much"]
headers = {{ x-api-key = "{key}" }}
warnings = false

[generation]
max-examples = {examples}
deterministic = true

[phases.stateful]
# What follows on what is told by the stories of tests/acceptance; here each request stands alone.
enabled = false

[phases.coverage]
# A method that no route has is API Gateway's to refuse, with 404.
unexpected-methods = []

[checks.positive_data_acceptance]
# Schemas cannot say which class starts when, or that a key was used before.
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "422", "503"]

[parameters]
property_id = "{property_id}"
tenantSlug = "{school}"
"path.slug" = "{workshop}"
# Never what is asked for: to an answer without a body it would want a media type.
"header.If-None-Match" = '"another"'

[[operations]]
include-path = "/api/v1/public/landing/{{slug}}"
parameters = {{ "path.slug" = "{school}" }}
"""
EXAMPLES = 10
"""For each route, after those that cover what its schema says."""


def test_any_request_is_answered_as_the_published_document_says(stack: LocalStack, tmp_path: Path) -> None:
    """A client was generated from the document; the first answer that it could not read was an error of ours."""
    configuration = tmp_path / "schemathesis.toml"
    known = stack.description
    configuration.write_text(
        CONFIGURATION.format(
            key=known["toursApiKey"],
            property_id=known["propertyId"],
            school=known["tenant"]["slug"],
            workshop=known["workshops"]["free"],
            examples=EXAMPLES,
        )
    )
    # By one worker: two threads that compile at once are a SystemError in some of CPython 3.11 (gh-106905).
    ran = _run("--config-file", str(configuration), "run", f"{stack.url}/api/openapi.json", "--workers", "1")
    assert ran.returncode == 0, ran.stdout
    assert "Rate limited" not in ran.stdout


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
