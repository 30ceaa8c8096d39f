"""What `immersio.workshop.updateWhitelist` takes and gives."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from immersio.whitelist.model import MOST_IN_ONE_CALL
from kernel.fields import Email, LineOrNothing
from kernel.trpc_fields import Input, JsInt, Output

LARGEST_INPUT = 5_000_000
"""Bytes: so many entries with everything as long as it may be, in ASCII. Lambda takes six million."""


def _not_too_many(emails: Any) -> Any:
    if isinstance(emails, list) and len(emails) > MOST_IN_ONE_CALL:
        raise ValueError(f"has {len(emails)} entries; {MOST_IN_ONE_CALL} are the most in one call")
    return emails


class ListedPerson(Input):
    email: Email
    name: LineOrNothing = ""
    immersio_student_id: LineOrNothing = ""


class UpdateWhitelistInput(Input):
    workshop_id: JsInt
    mode: Literal["add", "replace", "remove"]
    emails: Annotated[list[ListedPerson], BeforeValidator(_not_too_many)]


class UpdatedWhitelist(Output):
    """Counted in distinct addresses, whatever their spelling.

    `add`: added + duplicatesSkipped are all that were sent. `replace`: these too, where duplicatesSkipped stayed on the
    list; removed are gone from it. `remove`: removed were on the list; others that were sent count nowhere.
    """

    success: bool
    total_whitelisted: int
    added: int
    removed: int
    duplicates_skipped: int
