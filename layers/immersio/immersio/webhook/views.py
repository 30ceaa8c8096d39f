"""A delivery as its school sees it."""

from immersio.webhook.schemas import AttemptView, DeliveryView
from kernel.outbox import Attempt, Message, Status


def delivery(message: Message) -> DeliveryView:
    last = message.history[-1] if message.history else None
    answer = last.answer if last else None
    return DeliveryView(
        webhook_id=message.id,
        event=message.kind,
        status=message.status.value,
        attempts=message.attempts,
        next_attempt_at=message.next_attempt_at if message.status is Status.PENDING else None,
        last_status_code=answer.status_code if answer else None,
        last_error=last.error if last else None,
        created_at=message.created_at,
        last_duration_ms=answer.duration_ms if answer else None,
        last_answer=answer.text if answer else None,
        history=[_attempt(each) for each in message.history],
    )


def _attempt(attempt: Attempt) -> AttemptView:
    answer = attempt.answer
    return AttemptView(
        at=attempt.at,
        status_code=answer.status_code if answer else None,
        duration_ms=answer.duration_ms if answer else None,
        answer=answer.text if answer else None,
        error=attempt.error,
    )
