"""What the deployment tells the code: environment variables and secrets, read in one place.

Every variable is declared in `template.yaml` under Globals, so each function sees the same names;
what a function may *do* with them is decided by its IAM policy.
"""

import os
from functools import cache
from typing import Any


class SettingMissing(RuntimeError):
    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set; template.yaml, Globals, declares it")


def get(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise SettingMissing(name)
    return value


def stage() -> str:
    return get("STAGE")


def is_local() -> bool:
    """True on one machine (`make run`, tests): the only stage that may call loopback addresses."""
    return stage() == "local"


def table_name() -> str:
    return get("TABLE_NAME")


def queue_url(queue: str) -> str:
    """The URL of a queue by its short name: `resman-notices` is QUEUE_RESMAN_NOTICES."""
    return get("QUEUE_" + queue.upper().replace("-", "_"))


def dead_letter_queue_url(queue: str) -> str:
    return get("DLQ_" + queue.upper().replace("-", "_"))


def queues() -> list[str]:
    """The short names of all queues that have dead letters."""
    return sorted(name.removeprefix("DLQ_").lower().replace("_", "-") for name in os.environ if name.startswith("DLQ_"))


def secret(name: str) -> dict[str, Any]:
    """A JSON secret by its variable's name, cached for five minutes so that a rotation is seen."""
    from aws_lambda_powertools.utilities import parameters

    value = _secrets_provider().get(get(name), max_age=300, transform="json")
    if not isinstance(value, dict):
        raise parameters.TransformParameterError(f"the secret behind {name} must be a JSON object")
    return value


@cache
def _secrets_provider() -> Any:
    """Imported on first use: only the functions that hold a secret pay for it.

    Its client is one of the process's own session; a session of its own would read botocore's data once more.
    """
    import boto3
    from aws_lambda_powertools.utilities import parameters

    return parameters.SecretsProvider(boto3_client=boto3.client("secretsmanager"))
