"""The outbox messages that oblige us to tell somebody something; each is committed with what it tells of.

A message is for one person, so that trying it again tells nobody twice. It carries no token and no link (INV-26): they
are made, and the booking is read, when the e-mail is written.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from immersio.booking.model import Booking, BookingStatus, Refund
from immersio.invite.model import Invite
from immersio.notices.model import QUEUE, BookingOwed, InvitationOwed, Notice, ReceiverOwed, WaitingOwed
from immersio.payment.model import RefundStatus
from immersio.waitlist.model import Entry
from kernel import clock, ids, outbox
from kernel.outbox import Message

FOR_STRIPE = timedelta(seconds=15)
"""A cancellation waits this long, so that mostly it can say what became of the money."""
TOLD_WITH_IT = timedelta(seconds=10)
"""What is known by then stands in the letter of the cancellation, and is not told once more."""


def invitation(invite: Invite) -> Message:
    """The invitation's link is not in it (INV-26): it is made again when the e-mail is written."""
    owed = InvitationOwed(tenant_id=invite.tenant_id, email=invite.email, invite_id=invite.id)
    return outbox.message(
        tenant=str(invite.tenant_id), queue=QUEUE, kind=Notice.INVITATION, payload=owed.model_dump(mode="json")
    )


def booked(booking: Booking) -> Iterator[Message]:
    """The seat is theirs: free of charge, paid, or reinstated."""
    yield _message(Notice.BOOKED, booking)
    yield _message(Notice.TEACHER_BOOKED, booking)


def payment_needed(booking: Booking) -> Iterator[Message]:
    """Its letter waits until Stripe's page is open."""
    yield _message(Notice.PAYMENT_NEEDED, booking)


def offered(booking: Booking) -> Iterator[Message]:
    yield _message(Notice.OFFERED, booking)


def called_off(entry: Entry) -> Message:
    """To who waited for a class that does not take place."""
    owed = WaitingOwed(
        tenant_id=entry.tenant_id,
        workshop_id=entry.workshop_id,
        starts_at=entry.starts_at,
        attendee=entry.attendee,
    )
    return outbox.message(
        tenant=str(entry.tenant_id), queue=QUEUE, kind=Notice.CALLED_OFF, payload=owed.model_dump(mode="json")
    )


def cancelled(before: Booking, after: Booking) -> Iterator[Message]:
    """Whoever cancelled it, also where a payment came too late; the teacher knows only of seats that were taken."""
    was_accepted = before.status is BookingStatus.ACCEPTED
    facts = {"was_accepted": was_accepted, "was_offer": before.is_offer}
    is_pending = after.refund is not None and after.refund.status is RefundStatus.PENDING
    due_at = clock.now() + FOR_STRIPE if is_pending else None
    yield _message(Notice.CANCELLED, after, due_at, **facts)
    if was_accepted:
        yield _message(Notice.TEACHER_CANCELLED, after, was_accepted=True)


def moved(booking: Booking, from_starts_at: datetime) -> Iterator[Message]:
    yield _message(Notice.MOVED, booking, previously_at=from_starts_at)
    yield _message(Notice.TEACHER_MOVED, booking, previously_at=from_starts_at)


def refund_settled(before: Booking, after: Booking) -> Iterator[Message]:
    """Stripe has told how a refund ended, however soon it did; what it tells once more is not told again."""
    refund, cancellation = after.refund, after.cancellation
    if refund is None or refund.status is RefundStatus.PENDING or _stands_so(before, refund):
        return
    if cancellation is None or clock.now() - cancellation.at > TOLD_WITH_IT:
        yield _message(Notice.REFUND_SETTLED, after, refund=refund.status)
    if refund.status is RefundStatus.FAILED:
        yield _message(Notice.REFUND_FAILED, after, refund=refund.status)


def disputed(before: Booking, after: Booking) -> Iterator[Message]:
    """Once for each dispute, whatever else Stripe tells of it."""
    if after.dispute and (before.dispute is None or before.dispute.id != after.dispute.id):
        yield _message(Notice.DISPUTED, after)


def told_no_more(tenant_id: int, at: datetime, failing_since: datetime | None) -> Message:
    """To every owner: their Immersio is switched off, for it said so itself, or has failed since then."""
    owed = ReceiverOwed(tenant_id=tenant_id, disabled_at=at, failing_since=failing_since)
    return outbox.message(
        tenant=str(tenant_id), queue=QUEUE, kind=Notice.TOLD_NO_MORE, payload=owed.model_dump(mode="json")
    )


def to_owner(message: Message, owner_id: int) -> Message:
    """The same to one of the school's owners; once, however often it is made."""
    copy = outbox.message(
        tenant=message.tenant,
        queue=QUEUE,
        kind=message.kind,
        payload={**message.payload, "owner_id": owner_id},
        sequence=message.sequence,
    )
    return copy.model_copy(update={"id": ids.derived("msg", message.id, str(owner_id))})


def _stands_so(booking: Booking, refund: Refund) -> bool:
    known = booking.refund
    return known is not None and (known.status, known.amount) == (refund.status, refund.amount)


def _message(notice: Notice, booking: Booking, due_at: datetime | None = None, **facts: Any) -> Message:
    about = {"tenant_id": booking.tenant_id, "uid": booking.uid, "starts_at": booking.starts_at, "paid": booking.paid}
    return outbox.message(
        tenant=str(booking.tenant_id),
        queue=QUEUE,
        kind=notice,
        payload=BookingOwed(**about, **facts).model_dump(mode="json", exclude_defaults=True),
        due_at=due_at,
        sequence=booking.revision,
    )
