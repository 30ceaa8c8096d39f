"""Least privilege: each function may do what it does, to the things it does it to, and nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.house import (
    LOGS_ONLY,
    ROOT,
    Function,
    cloudformation,
    functions,
    queue_consumers,
    resources,
    target_of,
)

Statement = dict[str, Any]


def test_no_statement_has_a_wildcard() -> None:
    """`Resource: "*"` was written to get a demo going, and let a mailer read every table of the account."""
    broad = [
        f"{role}: {json.dumps(statement)}"
        for role, statement in _statements()
        if "*" in json.dumps([statement.get("Action"), _without_folders(statement.get("Resource"))])
        or statement["Effect"] != "Allow"
        or {"NotAction", "NotResource", "NotPrincipal"} & set(statement)
    ]
    assert broad == []


def test_every_statement_names_its_resource() -> None:
    """A statement without a resource is refused by IAM in the middle of the deploy."""
    assert [role for role, statement in _statements() if not statement.get("Resource")] == []


def test_no_function_carries_a_managed_policy_but_the_one_for_logs() -> None:
    """SAM's own `SQS` and `DynamoDB` events attach policies that may read every queue and stream of the account."""
    allowed = [LOGS_ONLY.arn]
    broad = {role: policies for role, policies in _managed_policies().items() if policies not in ([], allowed)}
    assert broad == {}


def test_no_user_or_policy_stands_apart_from_the_roles() -> None:
    """An access key was made for a test in production, and found by somebody else."""
    kinds = {resource["Type"] for resource in cloudformation()["Resources"].values()}
    assert not kinds & {"AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy"}


def test_a_secret_is_read_only_by_the_functions_that_use_it() -> None:
    """A function kept its right to a partner's credentials years after it had stopped calling the partner."""
    readers = {secret: _readers_of(secret) for secret in resources("AWS::SecretsManager::Secret")}
    assert readers == {
        "ResmanSecret": {
            "ResmanToursAvailability",
            "ResmanToursBook",
            "ResmanToursUpdate",
            "ResmanWebhooksTourUpdate",
            "ResmanWorkersPollResman",
            "ResmanWorkersSyncTour",
        },
        "ImmersioSecret": {"ImmersioOauthImmersioCallback", "ImmersioWebhooksImmersio"},
        "StripeSecret": {
            "ImmersioBookingCancel",
            "ImmersioPublicBookingsAccept",
            "ImmersioPublicBookingsCancel",
            "ImmersioPublicWorkshopsBookings",
            "ImmersioTenantUpdateStripeCredentials",
            "ImmersioWebhooksStripe",
            "ImmersioWorkersSettlePayments",
            "Procedures",
        },
        "SessionSecret": {
            *(one.logical_id for one in functions() if one.route and " /api/trpc/" in one.route),
            "ImmersioOauthImmersioCallback",
            "ImmersioOauthImmersioLogin",
            "ImmersioPublicBookingsAccept",
            "ImmersioPublicBookingsCalendarIcs",
            "ImmersioPublicBookingsCancel",
            "ImmersioPublicBookingsGet",
            "ImmersioPublicBookingsReschedule",
            "ImmersioPublicInvitesAccept",
            "ImmersioPublicWorkshopsBookings",
            "ImmersioWorkersSendNotice",
        },
        "ToursWebhookSecret": {"ResmanWorkersDeliverWebhook"},
    }


def test_the_function_that_answers_batches_may_do_what_its_procedures_may() -> None:
    """A procedure worked alone, and was denied its table as soon as a front end batched it."""
    procedures = [one for one in functions() if one.route and " /api/trpc/" in one.route]
    (shared,) = (one for one in procedures if one.logical_id == "Procedures")
    alone = set().union(*(_permissions(one) for one in procedures if one is not shared))
    assert _permissions(shared) == alone


def test_only_the_mailers_may_send_mail() -> None:
    """Any function that could be tricked could write to customers in our name."""
    mailers = {one.logical_id for one in functions() if "ses:" in json.dumps(one.properties["Policies"])}
    assert mailers == {"ImmersioWorkersSendNotice", "ResmanWorkersSendNotice"}


def test_no_secret_stands_in_the_template() -> None:
    """A webhook secret was committed as a parameter's default, and had to be changed everywhere."""
    text = (ROOT / "template.yaml").read_text()
    assert "SecretString:" not in text.replace("GenerateSecretString:", "")
    assert "{{resolve:" not in text


def test_whoever_puts_messages_on_queues_may_do_so_for_every_queue() -> None:
    """A queue was added and the sweep was not allowed to send there: what was due in an hour was never done."""
    queues = {queue for queue, _ in queue_consumers()}
    for who in ("KernelWorkersRouteOutbox", "KernelWorkersSweepOutbox", "KernelOperatorsReplayMessages"):
        assert (who, queues - _queues_for(who, "sqs:SendMessage")) == (who, set())


def test_dead_letters_of_every_queue_can_be_sent_again() -> None:
    """Letters lay in a queue that no operator's command could read."""
    queues = resources("AWS::SQS::Queue")
    letters = {
        target_of(queues[queue]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]) for queue, _ in queue_consumers()
    }
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage"):
        assert letters - _queues_for("KernelOperatorsReplayMessages", action) == set()


def _queues_for(function: str, action: str) -> set[str]:
    """The queues with which a function may do this."""
    found: set[str] = set()
    for statement in resources("AWS::Serverless::Function")[function]["Properties"]["Policies"][0]["Statement"]:
        if action in _listed(statement["Action"]):
            found |= {target_of(arn) for arn in _listed(statement["Resource"])}
    return found


def test_what_was_not_looked_at_is_read_by_its_function_alone() -> None:
    """Photos were served as they had come from a telephone, with the place where they had been taken."""
    policy = resources("AWS::S3::BucketPolicy")["AssetsBucketPolicy"]["Properties"]["PolicyDocument"]
    (public,) = policy["Statement"]
    assert public["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert (public["Action"], public["Resource"]) == ("s3:GetObject", {"Fn::Sub": "${AssetsBucket.Arn}/assets/*"})
    bucket = resources("AWS::S3::Bucket")["AssetsBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Prefix"], rule["ExpirationInDays"], rule["Status"]) == ("uploads/", 1, "Enabled")
    policies = {one.logical_id: json.dumps(one.properties["Policies"]) for one in functions()}
    touching = {name for name, policy in policies.items() if "Object" in policy}
    assert touching == {"ImmersioLandingUploadAsset", "ImmersioWorkersTidyAssets", "Procedures"}
    listing = {name for name, policy in policies.items() if "s3:ListBucket" in policy}
    assert listing == {*touching, "ImmersioLandingUpdateSettings"}


def _statements() -> Iterator[tuple[str, Statement]]:
    for name, role in _roles().items():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def _without_folders(resource: Any) -> Any:
    """What lies in S3 has no names beforehand: all of one folder of one bucket is no wildcard."""
    match resource:
        case {"Fn::Sub": str(arn)}:
            return re.sub(r"^(\$\{[A-Za-z]+\.Arn\}/[a-z]+/)\*$", r"\1", arn)
        case _:
            return resource


def _roles() -> dict[str, dict[str, Any]]:
    return {name: one for name, one in cloudformation()["Resources"].items() if one["Type"] == "AWS::IAM::Role"}


def _managed_policies() -> dict[str, list[str]]:
    return {name: role["Properties"].get("ManagedPolicyArns", []) for name, role in _roles().items()}


def _permissions(function: Function) -> set[tuple[str, str]]:
    """What a function may do, and to what."""
    statements = [statement for policy in function.properties["Policies"] for statement in policy["Statement"]]
    return {(action, json.dumps(one["Resource"])) for one in statements for action in _listed(one["Action"])}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _readers_of(secret: str) -> set[str]:
    return {one.logical_id for one in functions() if secret in _secrets_of(one)}


def _secrets_of(function: Function) -> set[str]:
    statements = (statement for policy in function.properties["Policies"] for statement in policy["Statement"])
    return {one["Resource"]["Ref"] for one in statements if one["Action"] == "secretsmanager:GetSecretValue"}
