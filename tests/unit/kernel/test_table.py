"""The single table: patience with conflicts and throttling, and truth about conditions."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as KeyCondition
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import clock, table
from kernel.errors import TemporarilyUnavailable
from kernel.keys import Key
from tests.support.aws_answers import answering, response
from tests.unit.kernel.conftest import Refuse

CONFLICT = ("TransactionCanceledException", ("None", "TransactionConflict"))
CONTENTION = [
    CONFLICT,
    ("TransactionCanceledException", ("ThrottlingError", "None")),
    ("TransactionCanceledException", ("ProvisionedThroughputExceeded", "None")),
    ("TransactionConflictException", ()),
    ("TransactionInProgressException", ()),
    ("ThrottlingException", ()),
    ("ProvisionedThroughputExceededException", ()),
    ("RequestLimitExceeded", ()),
]
FOREVER = 10_000
RUG, LAMP = Key("RUG", "GARISH"), Key("LAMP", "TASTEFUL")


@pytest.mark.parametrize(("code", "reasons"), CONTENTION)
def test_contention_is_waited_out_and_the_write_takes_effect_once(
    refuse: Refuse, code: str, reasons: tuple[str, ...]
) -> None:
    """INV-05"""
    refused = refuse("TransactWriteItems", code, 3, reasons)
    table.write(table.Update(key=RUG, add={"sold": 1}), table.Update(key=LAMP, add={"sold": 1}))
    assert len(refused) == 3
    assert [_row(key)["sold"] for key in (RUG, LAMP)] == [1, 1]


def test_contention_without_end_is_a_503_and_never_a_failed_condition(refuse: Refuse) -> None:
    """INV-05"""
    refuse("TransactWriteItems", CONFLICT[0], FOREVER, CONFLICT[1])
    with pytest.raises(TemporarilyUnavailable) as busy:
        table.write(table.Put(item=RUG._asdict(), condition=Attr("pk").not_exists()))
    assert busy.value.retry_after_seconds
    assert table.get(RUG) is None


FAILURES: dict[str, AWSResponse | Exception] = {
    "no connection": EndpointConnectionError(endpoint_url="http://dynamodb.test/"),
    "its own failure": response(500, json.dumps({"__type": "a#InternalServerError"}), "application/x-amz-json-1.0"),
    "out of service": response(503, json.dumps({"__type": "a#ServiceUnavailable"}), "application/x-amz-json-1.0"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "TransactWriteItems"])
def test_that_the_table_itself_fails_is_a_503_that_promises_nothing(
    aws: None, monkeypatch: pytest.MonkeyPatch, failure: AWSResponse | Exception, operation: str
) -> None:
    """DynamoDB had a bad minute: clients were told to report it, and not that the next try may succeed."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    calls: dict[str, Callable[[], Any]] = {
        "GetItem": lambda: table.get(RUG),
        "UpdateItem": lambda: table.increment(RUG, "sold"),
        "TransactWriteItems": lambda: table.write(table.Put(item=RUG._asdict())),
    }
    with (
        answering(table.client(), operation, failure) as attempts,
        pytest.raises(TemporarilyUnavailable, match="look whether it was done") as failed,
    ):
        calls[operation]()
    assert failed.value.retry_after_seconds == 5
    assert len(attempts) == 3


@pytest.mark.parametrize("operation", ["GetItem", "Query", "UpdateItem"])
def test_reads_and_counters_wait_out_throttling_too(refuse: Refuse, operation: str) -> None:
    """INV-05"""
    table.write(table.Put(item=RUG._asdict()))
    refused = refuse(operation, "ProvisionedThroughputExceededException", 3)
    assert table.get(RUG) == RUG._asdict()
    assert list(table.query(KeyCondition("pk").eq("RUG"))) == [RUG._asdict()]
    assert table.increment(LAMP, "used") == 1
    assert len(refused) == 3


def test_what_is_no_contention_is_not_tried_again(refuse: Refuse) -> None:
    refused = refuse("TransactWriteItems", "ValidationException", FOREVER)
    with pytest.raises(ClientError, match="ValidationException"):
        table.write(table.Put(item=RUG._asdict()))
    assert len(refused) == 1


def test_a_condition_that_failed_beside_a_conflict_has_failed(aws: None, refuse: Refuse) -> None:
    refuse("TransactWriteItems", CONFLICT[0], 1, ("ConditionalCheckFailed", "TransactionConflict"))
    with pytest.raises(table.ConditionFailed) as failure:
        table.write(table.Put(item=RUG._asdict()), table.Put(item=LAMP._asdict()))
    assert failure.value.failed(0)
    assert not failure.value.failed(1)


@pytest.mark.parametrize(("code", "reasons"), [CONFLICT, ("ThrottlingException", ())])
def test_a_booking_in_a_storm_of_conflicts_is_made_once_and_counted_once(
    world: Any, refuse: Refuse, code: str, reasons: tuple[str, ...]
) -> None:
    """INV-05: never reported as sold out, and never counted twice."""
    refuse("TransactWriteItems", code, 5, reasons)
    assert world.book(property_id="cedar-row").status == 201
    assert _metrics(world)["booked"] == 1
    assert len(world.appointments()) == 1


def test_a_booking_in_a_storm_without_end_is_a_503_with_nothing_written(world: Any, refuse: Refuse) -> None:
    """INV-05"""
    before = len(world.rows())
    refuse("TransactWriteItems", CONFLICT[0], FOREVER, CONFLICT[1])
    refused = world.book(property_id="cedar-row")
    assert (refused.status, refused.json["code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert int(refused.headers["retry-after"]) > 0
    assert len(world.rows()) == before
    assert world.appointments() == []


def test_a_failed_condition_brings_the_row_that_stood_in_the_way(aws: None) -> None:
    table.write(table.Put(item={**RUG._asdict(), "owner": "Ada"}))
    with pytest.raises(table.ConditionFailed) as failure:
        table.write(
            table.Put(item=LAMP._asdict(), condition=Attr("pk").not_exists()),
            table.Put(item=RUG._asdict(), condition=Attr("pk").not_exists()),
        )
    assert failure.value.found == {1: {**RUG._asdict(), "owner": "Ada"}}
    assert table.get(LAMP) is None, "all or nothing"


def test_a_condition_on_a_row_that_is_not_there_fails_with_nothing_found(aws: None) -> None:
    with pytest.raises(table.ConditionFailed) as failure:
        table.write(table.Delete(key=RUG, condition=Attr("owner").eq("Ada")))
    assert failure.value.found == {0: None}


def test_an_update_sets_adds_and_removes_under_a_condition_on_the_same_names(aws: None) -> None:
    table.write(table.Put(item={**RUG._asdict(), "owner": "Ada", "sold": 1, "note": "x"}))
    table.write(
        table.Update(
            key=RUG,
            set={"owner": "Grace"},
            add={"sold": 2},
            remove=("note",),
            condition=Attr("owner").eq("Ada") & Attr("note").exists(),
        )
    )
    assert _row(RUG) == {**RUG._asdict(), "owner": "Grace", "sold": 3}


def test_a_query_reads_every_page_in_order_and_stops_at_its_limit(aws: None) -> None:
    names = [f"{number:02}" for number in range(30)]
    for name in names:
        table.write(table.Put(item={"pk": "SHELF", "sk": name, "filler": "x" * 100_000}))
    shelf = KeyCondition("pk").eq("SHELF")
    assert [row["sk"] for row in table.query(shelf)] == names, "three megabytes are three pages"
    assert [row["sk"] for row in table.query(shelf, limit=25)] == names[:25]
    assert [row["sk"] for row in table.query(shelf, limit=2, descending=True)] == ["29", "28"]


def test_a_count_goes_over_every_page_of_its_index(aws: None) -> None:
    for number in range(15):
        listed = {"gsi1pk": "SHELF" if number else "DRAWER", "gsi1sk": str(number)}
        table.write(table.Put(item={"pk": str(number), "sk": "BOOK", "filler": "x" * 100_000, **listed}))
    assert table.count(KeyCondition("gsi1pk").eq("SHELF"), index="gsi1") == 14, "more than a megabyte"


def test_a_counter_starts_at_one_and_may_carry_its_expiry(aws: None) -> None:
    assert [table.increment(RUG, "used") for _ in range(3)] == [1, 2, 3]
    assert table.try_increment(RUG, "used", 4, expires_at=1_800_000_000) == 7
    assert _row(RUG)["ttl"] == 1_800_000_000


def test_a_tally_adds_up_beside_what_it_sets(aws: None) -> None:
    for _ in range(2):
        table.tally(RUG, {"refused": 1, "asked": 2}, {"day": "2026-12-01"})
    assert _row(RUG) == {**RUG._asdict(), "refused": 2, "asked": 4, "day": "2026-12-01"}


def test_a_tally_waits_out_contention_and_leaves_out_what_has_no_end(refuse: Refuse) -> None:
    """A counter may be off by one; whoever is served meanwhile may not fail for it."""
    refused = refuse("UpdateItem", "TransactionConflictException", 3)
    table.tally(RUG, {"refused": 1}, {})
    assert (len(refused), _row(RUG)["refused"]) == (3, 1)
    refuse("UpdateItem", "ThrottlingException", FOREVER)
    table.tally(RUG, {"refused": 1}, {})
    assert _row(RUG)["refused"] == 1


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
        max_leaves=10,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_comes_back_as_it_was_written(aws: None, value: Any) -> None:
    table.write(table.Put(item={**RUG._asdict(), "value": value}))
    assert _row(RUG)["value"] == value


def test_numbers_come_back_as_pythons_own() -> None:
    """Also inside of maps and lists, where a `Decimal` would break the JSON that is made of them."""
    row = table.decode({"n": {"M": {"a": {"L": [{"N": "3"}, {"N": "3.0"}, {"N": "0.5"}]}}}})
    assert [(type(number), number) for number in row["n"]["a"]] == [(int, 3), (int, 3), (float, 0.5)]


def _row(key: Key) -> table.Item:
    row = table.get(key)
    assert row is not None
    return row


def _metrics(world: Any) -> Any:
    today = clock.now().date()  # where the property is, it may be yesterday still
    asked = {"property_id": "cedar-row", "from": str(today - timedelta(days=1)), "to": str(today)}
    return world.call("resman/tours/metrics", query=asked).json["totals"]


def test_many_rows_are_read_at_once_and_those_that_are_not_there_are_left_out(aws: None) -> None:
    rows = [{"pk": f"RUG#{number}", "sk": "SIZE", "filling": "x" * 300_000} for number in range(60)]
    for row in rows:
        table.write(table.Put(item=row))
    wanted = [Key(f"RUG#{number}", "SIZE") for number in range(130)]
    found = table.get_all([*wanted, wanted[0]])
    assert [found[key] for key in wanted[:60]] == rows
    assert len(found) == 60


def test_rows_read_at_once_wait_out_throttling(refuse: Refuse) -> None:
    """INV-05"""
    table.write(table.Put(item=RUG._asdict()))
    refused = refuse("BatchGetItem", "ProvisionedThroughputExceededException", 3)
    assert table.get_all([RUG, LAMP]) == {RUG: RUG._asdict()}
    assert len(refused) == 3


def test_a_check_changes_nothing_and_keeps_the_others_from_being_written(aws: None) -> None:
    with pytest.raises(table.ConditionFailed) as failure:
        table.write(table.Put(item=LAMP._asdict()), table.Check(key=RUG, condition=Attr("pk").exists()))
    assert failure.value.failed(1)
    assert table.get(LAMP) is None
    table.write(table.Put(item=RUG._asdict()))
    table.write(table.Put(item=LAMP._asdict()), table.Check(key=RUG, condition=Attr("pk").exists()))
    assert table.get_all([RUG, LAMP]) == {key: key._asdict() for key in (RUG, LAMP)}
