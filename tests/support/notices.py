"""Invitations as people meet them: the inviter's procedure, the e-mail, and the link's page."""

import json
import re
from email.message import EmailMessage
from typing import Any

from immersio.access.model import Role
from kernel import keys, table
from tests.support.schools import Schools, result
from tests.support.workers import Context, function
from tests.support.world import Reply

ACCEPT = "immersio/public/invites/accept"
JANE = {"email": "jane@example.com", "name": "Jane Smith"}


def delivered(schools: Schools) -> list[EmailMessage]:
    """Every e-mail that left, with those that were due now."""
    schools.run_workers("immersio-notices")
    return schools.mail()


def texts(message: EmailMessage) -> tuple[str, str]:
    """The plain and the HTML form."""
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain
    assert html
    return str(plain.get_content()), str(html.get_content())


def link_in(message: EmailMessage) -> str:
    (link,) = set(re.findall(r"https://\S+/invites/[\w-]+", texts(message)[0]))
    return str(link)


def invite(schools: Schools, by: Role = Role.OWNER, **changes: Any) -> Reply:
    return schools.call("immersio.tenant.inviteTeacher", schools.academy.cookie(by), sent={**JANE, **changes})


def token(schools: Schools, **changes: Any) -> str:
    """Of a new invitation."""
    return token_of(result(invite(schools, **changes))["inviteLink"])


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


def accept(token: str, **body: Any) -> Reply:
    event = {
        "version": "2.0",
        "headers": {"content-type": "application/json"},
        "pathParameters": {"token": token},
        "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}, "requestId": "test"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    answer = function(ACCEPT)(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])


def teachers(tenant_id: int) -> int:
    """Places of the plan that are taken, as they are counted."""
    usage = table.get(keys.tenant_usage(tenant_id))
    assert usage
    return int(usage["teachers"])


def set_plan(tenant_id: int, plan: str) -> None:
    table.write(table.Update(key=keys.tenant(tenant_id), set={"plan_type": plan}))
