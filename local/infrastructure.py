"""Builds in MiniStack what `template.yaml` declares, by its CloudFormation, so that what runs is what deploys."""

import json
import os
from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any

import boto3

from local.cloudformation import Expression, references

STACK_NAME = "local"
REGION = "us-east-1"
KEPT_TYPES = {
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
}
"""What functions use. Functions, routes and schedules are served by this package instead."""


class Infrastructure:
    """The deployed resources; `value` says what an expression of the template became."""

    def __init__(self, body: dict[str, Any], parameters: dict[str, str], expressions: Iterable[Expression]) -> None:
        resources = {name: each for name, each in body["Resources"].items() if each["Type"] in KEPT_TYPES}
        declared = {name: _parameter(name, each, parameters) for name, each in body.get("Parameters", {}).items()}
        known = resources.keys() | declared.keys()
        outputs = {_identity(one): one for one in expressions if known >= set(references(one))}
        self._values = _deploy({**_kept(body), "Parameters": declared, "Resources": resources}, outputs)

    def value(self, expression: Expression) -> str | None:
        """None where the expression speaks of something that is not built here."""
        return self._values.get(_identity(expression))

    def require(self, expression: Expression) -> str:
        value = self.value(expression)
        if value is None:
            raise ValueError(f"template.yaml: {expression} is not among the resources built locally")
        return value


def use_aws_endpoint(url: str) -> None:
    """Point every AWS client of this process at `url`, and nothing at a real account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


def queue_url(arn: str) -> str:
    return str(client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


def put_secret(secret_id: str, value: dict[str, str]) -> None:
    client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(value))


def verify_sender(address: str) -> None:
    client("ses").verify_domain_identity(Domain=parseaddr(address)[1].rpartition("@")[2])


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("AWSTemplateFormatVersion", "Conditions", "Mappings") if name in body}


def _parameter(name: str, declared: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """A parameter with its local value; what is allowed elsewhere (https, three stages) does not bind us."""
    return {"Type": "String", "Default": str(given.get(name, declared.get("Default", "")))}


def _deploy(body: dict[str, Any], expressions: dict[str, Expression]) -> dict[str, str]:
    """Create the stack with one output for each expression; their values under the same names."""
    outputs = {_output_name(number): {"Value": one} for number, one in enumerate(expressions.values())}
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=json.dumps({**body, "Outputs": outputs}))
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=STACK_NAME, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    [stack] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    values = {output["OutputKey"]: str(output["OutputValue"]) for output in stack["Outputs"]}
    return {identity: values[_output_name(number)] for number, identity in enumerate(expressions)}


def _output_name(number: int) -> str:
    return f"Value{number}"


def _identity(expression: Expression) -> str:
    return json.dumps(expression, sort_keys=True)
