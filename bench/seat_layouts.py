"""Which layout of an occurrence lets most bookers through? `python -m bench.seat_layouts` prints the table in docs.

Real threads on MiniStack, with DynamoDB's refusal of writes that meet added by the tests' contention hook.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase

from kernel import clock, ids, table
from kernel.errors import TemporarilyUnavailable
from kernel.keys import Key
from local.infrastructure import use_aws_endpoint
from local.ministack import MiniStack
from tests.support.contention import contention

FILLING = "x" * 600
"""About what a booking's row holds."""
OUTBOX_FILLING = "x" * 900


@dataclass(frozen=True)
class Booker:
    occurrence: Key
    uid: str
    seats: int

    @property
    def rows(self) -> list[table.Action]:
        """What belongs to this booking alone: its own row, and what must be told of it."""
        booking = {"pk": f"BOOKING#{self.uid}", "sk": "BOOKING", "filling": FILLING}
        message = {"pk": f"OUTBOX#{self.uid}", "sk": "MESSAGE", "filling": OUTBOX_FILLING}
        return [table.Put(item=row, condition=Attr("pk").not_exists()) for row in (booking, message)]

    @property
    def free(self) -> ConditionBase:
        return Attr("taken").not_exists() | Attr("taken").lt(self.seats)


def counter_in_the_transaction(booker: Booker) -> None:
    seat = table.Update(key=booker.occurrence, add={"taken": 1}, condition=booker.free)
    table.write(seat, *booker.rows)


def looking_first(book: Callable[[Booker], None]) -> Callable[[Booker], None]:
    """Who comes when all is sold is turned away by a read."""

    def look(booker: Booker) -> None:
        found = table.get(booker.occurrence) or {}
        if found.get("taken", 0) >= booker.seats:
            raise table.ConditionFailed({0: None})
        book(booker)

    return look


def claim_then_commit(booker: Booker) -> None:
    """One conditional update of the occurrence; then the booking's own rows; then the claim is made good."""
    until = clock.iso(clock.now() + timedelta(minutes=2))
    table.change(
        table.Update(
            key=booker.occurrence,
            add={"taken": 1},
            set={f"seat_{booker.uid}": until},
            condition=booker.free & Attr(f"seat_{booker.uid}").not_exists(),
        )
    )
    table.write(*booker.rows)
    table.change(
        table.Update(
            key=booker.occurrence,
            set={f"seat_{booker.uid}": "sold"},
            condition=Attr(f"seat_{booker.uid}").exists(),
        )
    )


def all_on_one_row(booker: Booker) -> None:
    """The booking and its message inside of the occurrence; a stream would take them out."""
    table.change(
        table.Update(
            key=booker.occurrence,
            add={"taken": 1},
            set={f"seat_{booker.uid}": FILLING + OUTBOX_FILLING},
            condition=booker.free & Attr(f"seat_{booker.uid}").not_exists(),
        )
    )


LAYOUTS: dict[str, Callable[[Booker], None]] = {
    "counter in the transaction": counter_in_the_transaction,
    "the same, looking first": looking_first(counter_in_the_transaction),
    "all on one row, looking first": looking_first(all_on_one_row),
    "claim, commit, confirm": claim_then_commit,
    "the same, looking first ": looking_first(claim_then_commit),
}


def race(book: Callable[[Booker], None], bookers: int, seats: int, threads: int) -> str:
    occurrence = Key(ids.new("occurrence"), "OCCURRENCE")
    outcomes: Counter[str] = Counter()
    table.client.cache_clear()
    with contention() as met:
        start = threading.Barrier(threads)

        def come(number: int) -> str:
            if number < threads:
                start.wait(60)
            try:
                book(Booker(occurrence, ids.new("b"), seats))
            except table.ConditionFailed:
                return "full"
            except TemporarilyUnavailable:
                return "too busy"
            return "booked"

        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            outcomes.update(pool.map(come, range(bookers)))
        took = time.perf_counter() - began
    return f"{outcomes['booked']:>6} {outcomes['full']:>6} {outcomes['too busy']:>8} {met.tries:>6.2f} {took:>6.1f} s"


def main() -> None:
    aws = MiniStack()
    aws.wait_until_ready()
    use_aws_endpoint(aws.url)
    os.environ["TABLE_NAME"] = "seats"
    boto3.client("dynamodb").create_table(
        TableName="seats",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    try:
        for bookers, seats, threads in ((200, 100, 200), (2000, 100, 100)):
            print(f"\n{bookers} bookers at once, {seats} seats")
            print(f"{'':32} booked   full too busy  tries    time")
            for name, book in LAYOUTS.items():
                print(f"{name:32} {race(book, bookers, seats, threads)}")
                sys.stdout.flush()
    finally:
        aws.stop()


if __name__ == "__main__":
    main()
