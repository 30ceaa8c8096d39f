"""A teacher makes a class, sees who comes, sends one student away, and calls a class off; everybody is paid back."""

from tests.support.campus import Campus, in_days, iso, own


def test_a_teacher_makes_a_class_and_calls_one_evening_off(campus: Campus) -> None:
    """INV-20: every paid seat of that evening is refunded once, and the other evenings stay."""
    made = campus.workshop(own("Taught "))
    students = [campus.booked(made["slug"], f"{own(name)}@example.com", in_days(3)) for name in ("gil", "hal")]
    other = campus.booked(made["slug"], f"{own('ida')}@example.com", in_days(10))
    for seat in (*students, other):
        seat.pay()
        assert seat.becomes("accepted")
    listed = campus.call("immersio.booking.list", {"workshopId": made["id"]}, by="member", kind="query")
    assert listed["totalCount"] == 3

    sent = {"workshopId": made["id"], "startTime": iso(in_days(3)), "reason": "I am ill"}
    campus.call("immersio.booking.cancelOccurrence", sent, by="member")
    for seat in students:
        assert seat.becomes("cancelled")
        assert seat.is_paid_back()
        assert campus.told(seat.uid)[-1]["data"]["booking"]["cancelledBy"] == "teacher"
    assert other.status() == "accepted"
    assert campus.book(made["slug"], f"{own('jo')}@example.com", in_days(3)).status_code == 409


def test_a_teacher_gives_one_seat_back_to_the_next_in_line(campus: Campus) -> None:
    """The student who is sent away gets their money back, however late; who waits is offered the seat."""
    made = campus.workshop(own("Waited "), seats=1)
    first = campus.booked(made["slug"], f"{own('kim')}@example.com", in_days(3))
    first.pay()
    assert first.becomes("accepted")
    lea = f"{own('lea')}@example.com"
    waiting = campus.wait(made["slug"], lea, in_days(3))
    assert waiting.status_code == 201, waiting.text

    campus.call("immersio.booking.cancel", {"uid": first.uid, "reason": "Double booked"}, by="member")
    assert first.is_paid_back()
    assert campus.mail(lea, "seat")["text"]
    late = campus.book(made["slug"], f"{own('mo')}@example.com", in_days(3))
    assert (late.status_code, late.json()["code"]) == (409, "NO_SEATS_AVAILABLE")
