"""E-mail through SES: text, HTML and, where there is one, a calendar file.

Recipients stand in headers as bare addresses and every other value is made one line first, so that nothing a
person typed can add a header.
"""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from email_validator import EmailNotValidError, validate_email

from kernel import clock, settings
from kernel.queue import Undeliverable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

SEVEN_BIT = SMTP.clone(cte_type="7bit")
ON_ONE_LINE = SEVEN_BIT.clone(max_line_length=998)
"""Python would begin a long header on its second line, and some readers show the blank that is left in front."""
CONNECT_SECONDS, ANSWER_SECONDS = 2, 10
LONGEST_SECONDS = CONNECT_SECONDS + ANSWER_SECONDS
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters, line breaks of any script, and marks that reverse the text after them."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar file (iTIP); `method` is REQUEST or CANCEL and says the same as the file itself."""

    method: str
    ics: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person; `id` stays the same over all attempts to send it."""

    id: str
    to: str
    sender_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    invitation: Invitation | None = None


def send(mail: Mail) -> str:
    """Hand a message to SES and return SES's id for it; whoever called decides about another attempt."""
    answer = _ses().send_email(
        FromEmailAddress=sender_address(),
        Destination={"ToAddresses": [_ascii(mail.to)]},
        Content={"Raw": {"Data": mime(mail).as_bytes()}},
        EmailTags=[{"Name": "message", "Value": mail.id}],
    )
    return answer["MessageId"]


def mime(mail: Mail) -> EmailMessage:
    plain = mail.subject.isascii() and mail.sender_name.isascii()
    message = EmailMessage(policy=ON_ONE_LINE if plain else SEVEN_BIT)
    _add_headers(message, mail)
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.invitation:
        _add_invitation(message, mail.invitation)
    return message


def one_line(text: str) -> str:
    """Text as it may stand in a header: no control characters, no line breaks, single spaces."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def can_be_written_to(address: str) -> bool:
    """Whether SES takes it."""
    try:
        _ascii(address)
    except Undeliverable:
        return False
    return True


def sender_address() -> str:
    return parseaddr(settings.get("MAIL_FROM"))[1]


def _add_headers(message: EmailMessage, mail: Mail) -> None:
    sender = sender_address()
    message["From"] = Address(one_line(mail.sender_name), addr_spec=sender)
    message["To"] = _ascii(mail.to)
    message["Reply-To"] = _ascii(mail.reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = clock.now()
    # SES puts its own Message-ID in its place; the tag `message` is what leads from its events back to ours.
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"


def _add_invitation(message: EmailMessage, invitation: Invitation) -> None:
    """Twice, because Gmail and Outlook show the alternative, and other programs only open the attachment."""
    method = {"method": invitation.method}
    message.add_alternative(
        invitation.ics, maintype="text", subtype="calendar", cte="base64", params={**method, "charset": "UTF-8"}
    )
    message.add_attachment(
        invitation.ics, maintype="application", subtype="ics", filename="invite.ics", params={"name": "invite.ics"}
    )


def _ascii(address: str) -> str:
    """An address as SES takes it: an international domain in punycode, an ASCII mailbox."""
    try:
        checked = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise Undeliverable(f"not an e-mail address: {error}") from error
    if checked.ascii_email is None:
        raise Undeliverable("SES takes no mailbox name outside ASCII")
    return checked.ascii_email


@cache
def _ses() -> "SESV2Client":
    # One attempt: a time-out may hide a message that was sent, and the outbox counts and spaces the retries.
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    return boto3.client("sesv2", config=config)
