"""A sync at work: a chain of short steps, each begun by a message of the one before.

Every page that is read is committed together with how far the sync came, on the condition that nobody else has gone on
with it. So a step that dies is done again from its last page, a message that comes twice does nothing, and nothing is
counted twice. A page that cannot be read is tried again by a later step; after three tries it is recorded, and the rest
goes on.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from immersio.integration.model import Integration
from immersio.integration.service import connected
from immersio.sync import duties, listing, missing, rosters, store
from immersio.sync.model import Failure, Phase, Sync
from kernel import clock, outbox
from kernel.errors import ImmersioNotConnected, ImmersioUnavailable
from kernel.outbox import Message
from kernel.telemetry import count, logger

STEP = timedelta(seconds=20)
"""A step begins no other page after so long; the last one may take as long as Immersio is waited for."""
WAITS = (timedelta(seconds=10), timedelta(minutes=1))
"""Between the tries of a page."""
LONGEST_WAIT = timedelta(hours=1)
PAGES_IN_A_ROW = 5
"""So many pages given up, one after the other, are no bad luck: Immersio is not there."""


@dataclass(frozen=True)
class Work:
    """What a phase does: read a page and commit it, or say what becomes of one that cannot be read."""

    read: Callable[[Integration, Sync], Sync]
    passed_over: Callable[[Sync], tuple[str, Sync]]
    """Which course is concerned, and the sync as it is behind that page."""


WORK = {
    Phase.COURSES: Work(listing.read, listing.passed_over),
    Phase.MISSING: Work(missing.read, missing.passed_over),
    Phase.ROSTERS: Work(rosters.read, rosters.passed_over),
}


def step(message: Message) -> None:
    """One step of a sync, if it is the one that is next."""
    sync = store.load_sync(int(message.tenant), message.payload["sync_id"])
    if sync is None or not sync.is_running or sync.step != message.payload["step"]:
        return
    try:
        _work(sync)
    except store.Overtaken:
        logger.info("a sync is somebody else's by now", extra={"tenant_id": sync.tenant_id, "sync_id": sync.id})


def _work(sync: Sync) -> None:
    until = clock.now() + STEP
    try:
        integration = connected(sync.tenant_id)
        while sync.phase is not Phase.DONE:
            if clock.now() >= until:
                _hand_over(sync, sync)
                return
            try:
                sync = WORK[sync.phase].read(integration, sync)
            except ImmersioUnavailable as error:
                _after_failure(sync, error)
                return
    except ImmersioNotConnected as refused:
        _fail(sync, refused.message)
        return
    known_of = integration.org_id if sync.is_whole else None
    _report(store.finish(sync, sync.ended(clock.now()), known_of))


def _hand_over(before: Sync, after: Sync, wait: timedelta = timedelta()) -> None:
    """The rest is the next message's."""
    due_at = clock.now() + wait
    following = after.model_copy(update={"step": before.step + 1})
    message = duties.of_step(following, due_at)
    store.save(before, following, outbox.put(message), goes_on_at=due_at)


def _after_failure(sync: Sync, error: ImmersioUnavailable) -> None:
    """Try the page again later, or leave it, or leave it all."""
    logger.warning(
        "a page of a sync could not be read",
        extra={"tenant_id": sync.tenant_id, "sync_id": sync.id, "phase": sync.phase, "after": sync.after},
    )
    wait = _wait(sync.tries, error)
    if sync.tries < len(WAITS):
        _hand_over(sync, sync.model_copy(update={"tries": sync.tries + 1}), wait)
        return
    course_id, behind = WORK[sync.phase].passed_over(sync)
    recorded = behind.with_errors(Failure(course_id=course_id, error=error.message)).model_copy(
        update={"tries": 0, "given_up": sync.given_up + 1}
    )
    if recorded.given_up >= PAGES_IN_A_ROW:
        _fail(sync, f"{PAGES_IN_A_ROW} pages in a row could not be read. {error.message}", recorded)
    else:
        _hand_over(sync, recorded, wait)


def _wait(tries: int, error: ImmersioUnavailable) -> timedelta:
    """Longer each time, not in step with others, and as long as Immersio asks for."""
    planned = WAITS[min(tries, len(WAITS) - 1)] * random.uniform(1, 1.2)  # noqa: S311 - spreads load, guards nothing
    return min(max(planned, timedelta(seconds=error.retry_after_seconds or 0)), LONGEST_WAIT)


def _fail(before: Sync, reason: str, after: Sync | None = None) -> None:
    _report(store.finish(before, (after or before).ended(clock.now(), reason), None))


def _report(sync: Sync) -> None:
    count("SyncFailed" if sync.reason else "SyncCompleted")
    told = sync.model_dump(
        mode="json", include={"tenant_id", "status", "reason", "failed", "courses_found", "students"}
    )
    logger.info("a sync is over", extra={**told, "sync_id": sync.id})
