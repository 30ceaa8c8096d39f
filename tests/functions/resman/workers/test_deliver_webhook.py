"""Queue resman-webhooks"""

import base64
import hashlib
import hmac
from datetime import timedelta

import time_machine

from kernel import clock, outbox, table
from tests.support.world import SIGNING_SECRET, World, next_open_day


def test_the_chatbot_learns_of_every_change_in_order(world: World) -> None:
    """INV-27"""
    tour = world.book().json["appointment_id"]
    world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    world.update(tour, status="completed")
    world.run_workers()

    told = sorted(world.sink.received, key=lambda received: int(received.headers["X-Webhook-Sequence"]))
    contexts = [received.json["data"]["context"] for received in told]
    assert [context["status"] for context in contexts] == [
        "pending_sync",
        "confirmed",
        "pending_sync",
        "confirmed",
        "completed",
    ]
    assert contexts[3]["tour_datetime"] == f"{next_open_day()}T16:00:00-06:00"
    assert {received.json["data"]["conversation_id"] for received in told} == {"conv-ada"}
    sequences = [int(received.headers["X-Webhook-Sequence"]) for received in told]
    assert sequences == sorted(set(sequences)), "INV-27: a rising sequence"


def test_both_signatures_verify_over_the_bytes_that_arrived(world: World) -> None:
    world.book()
    world.run_workers("resman-webhooks")
    received = world.sink.received[0]

    timestamp = received.headers["X-Webhook-Timestamp"]
    hexed = hmac.new(SIGNING_SECRET.encode(), f"{timestamp}.".encode() + received.body, hashlib.sha256).hexdigest()
    assert received.headers["X-Webhook-Signature"] == f"sha256={hexed}"
    key = base64.b64decode(SIGNING_SECRET.removeprefix("whsec_"))
    signed = f"{received.headers['webhook-id']}.{timestamp}.".encode() + received.body
    standard = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert received.headers["webhook-signature"] == f"v1,{standard}"


def test_a_failing_receiver_never_fails_a_booking_and_is_tried_again_with_the_same_id(world: World) -> None:
    """INV-27: a stable id; the booking is long answered."""
    world.sink.answers = [500, 302]
    assert world.book().status == 201
    world.run_workers("resman-webhooks")
    with time_machine.travel(clock.now() + timedelta(seconds=7), tick=True):
        world.run_workers("resman-webhooks")

    ids = [received.headers["webhook-id"] for received in world.sink.received]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    assert all(m.status is outbox.Status.DELIVERED for m in world.messages("tour.updated"))


def test_a_receiver_may_ask_for_more_time(world: World) -> None:
    world.sink.answers = [(503, {"Retry-After": "3600"})] * 2
    world.book()
    world.run_workers("resman-webhooks")

    for message in world.messages("tour.updated"):
        assert message.next_attempt_at - clock.now() > timedelta(minutes=59)


def test_410_ends_the_deliveries_to_that_address(world: World) -> None:
    world.sink.answers = [410]
    world.book()
    world.run_workers("resman-webhooks")
    world.book(prospect_email="grace@example.com", preferred_time="16:00")
    world.run_workers("resman-webhooks")

    assert len(world.sink.received) == 1
    assert len(world.dead_letters("resman-webhooks")) == 1


def test_ten_failed_attempts_end_in_the_dead_letter_queue_with_the_history_kept(world: World) -> None:
    world.book()
    message = world.messages("tour.updated")[0]
    world.sink.answers = [500] * 2
    table.write(table.Update(key=message.key, set={"attempts": 9}))
    world.run_workers("resman-webhooks")

    letters = world.dead_letters("resman-webhooks")
    assert [letter["Body"] for letter in letters] == [message.pointer]
    failed = outbox.load(message.tenant, message.id)
    assert failed
    assert failed.status is outbox.Status.FAILED
    assert "answered 500" in str(failed.history[-1].error)
