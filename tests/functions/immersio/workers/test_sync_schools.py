"""Every hour: all schools that are connected"""

import pytest
import time_machine

from kernel import outbox, settings
from tests.support.immersio import connect
from tests.support.schools import Schools
from tests.support.syncs import history, later, start, stored, work
from tests.support.workers import Context, function

pytestmark = pytest.mark.usefixtures("now")


def begin(*, full: bool) -> dict[str, int]:
    time = "2026-12-01T01:05:00Z" if full else "2026-12-01T02:05:00Z"
    told: dict[str, int] = function("immersio/workers/sync_schools")({"time": time}, Context())
    return told


def statuses(schools: Schools) -> list[str]:
    return [log["status"] for log in history(schools)]


def test_each_connected_school_has_a_message_of_its_own(schools: Schools) -> None:
    connect(schools)
    assert begin(full=True) == {"schools": 1}
    (message,) = schools.messages("school")
    assert message.tenant == str(schools.academy.tenant_id)
    work(schools)
    assert statuses(schools) == ["completed"]


def test_one_run_a_day_reads_everything(schools: Schools) -> None:
    connect(schools)
    for hour in range(24):
        function("immersio/workers/sync_schools")({"time": f"2026-12-01T{hour:02}:59:59Z"}, Context())
    assert [message.payload["is_full"] for message in schools.messages("school")].count(True) == 1


def test_a_message_that_comes_twice_begins_one_sync(schools: Schools) -> None:
    """INV-31"""
    connect(schools)
    begin(full=True)
    work(schools)
    (message,) = schools.messages("school")
    _again(message)
    work(schools)
    assert statuses(schools) == ["completed"]
    assert [each.status for each in schools.messages("school")] == ["delivered"], "it waits for nothing"


def test_the_nightly_one_waits_for_one_that_runs(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-31"""
    connect(schools)
    running = start(schools)
    begin(full=True)
    schools.route()
    (step,) = schools.messages("step")
    _deliver(schools.messages("school")[0])
    assert [log["id"] for log in history(schools)] == [running]
    _deliver(step)
    later(schools, now, 10)
    assert statuses(schools) == ["completed", "completed"]
    assert all(stored(schools, log["id"]).is_full for log in history(schools))


def test_the_hourly_one_is_left_out_while_one_runs(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-31: that reads all there is."""
    connect(schools)
    running = start(schools)
    begin(full=False)
    schools.route()
    _deliver(schools.messages("school")[0])
    work(schools)
    later(schools, now, 30)
    assert [log["id"] for log in history(schools)] == [running]


def test_a_school_whose_connection_has_ended_is_left_alone(schools: Schools) -> None:
    from kernel import keys, table

    connect(schools)
    begin(full=True)
    table.write(table.Delete(key=keys.integration(schools.academy.tenant_id)))
    work(schools)
    assert (history(schools), schools.dead_letters("immersio-sync")) == ([], [])


def _deliver(message: outbox.Message) -> None:
    record = {
        "messageId": message.id,
        "receiptHandle": "none",
        "body": message.pointer,
        "eventSource": "aws:sqs",
    }
    sqs = outbox.sqs()
    url = settings.queue_url(message.queue)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
    record["receiptHandle"] = next(one["ReceiptHandle"] for one in received if one["Body"] == message.pointer)
    function("immersio/workers/sync_courses")({"Records": [record]}, Context())


def _again(message: outbox.Message) -> None:
    """As if the worker had died before it noted that this is done."""
    from kernel import table

    table.write(table.Update(key=message.key, set={"status": "pending"}, remove=("leased_until",)))
    outbox.route(message)
