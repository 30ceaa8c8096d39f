"""What to try first: curl lines with the demo's keys, property and cookie, and a slot that is really free."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests

INTRODUCTION = """\
ready {url}

Try it (in another terminal; or open {url}/_local):
  KEY={key}
  COOKIE={cookie}
  curl -s '{url}/api/resman/tours/availability?property_id={property}&date={day}' -H "x-api-key: $KEY"
  curl -s {url}/api/resman/tours/book -H "x-api-key: $KEY" -H 'content-type: application/json' -d '
    {{"conversation_id": "demo-1", "tour_data": {{"prospect_name": "Ada Lovelace", "prospect_email": "ada@example.com",
      "prospect_phone": "+1 512 555 0199", "tour_type": "in_person", "preferred_date": "{day}",
      "preferred_time": "{time}", "property_id": "{property}"}}}}'
  curl -s {url}/api/trpc/immersio.workshop.list?input=%7B%22json%22:%7B%7D%7D -H "cookie: $COOKIE"
  curl -s {url}/api/trpc/immersio.workshop.create -H "cookie: $COOKIE" -H 'content-type: application/json' -d '
    {{"json": {{"title": "日本語 for Beginners", "duration": 60, "price": 0, "seats": 8, "teacherId": {teacher},
      "locations": [{{"type": "link", "link": "https://meet.example/nihongo"}}],
      "recurrence": {{"frequency": "weekly", "count": 8}}}}}}'
  curl -s {url}/_local/mail                 the e-mails sent (to look at them: {url}/_local/mail?format=html)
  curl -s {url}/_local/webhooks             what the chatbot and Immersio were told
  curl -s {resman}/_state          what ResMan holds
  curl -s {immersio}/_state          what Immersio holds: courses, and who is enrolled
  curl -s {immersio}/_enrol -H 'content-type: application/json' -d '
    {{"courseId": "course_abc123", "email": "ada@example.com", "name": "Ada Lovelace"}}'
Edit a function and call it again: no restart. Ctrl-C ends everything.
"""


def introduction(description: dict[str, Any]) -> str:
    """Also the first call of a function: what is broken shows before anybody waits for it."""
    day, time = free_slot(description, datetime.now(UTC).date() + timedelta(days=2))
    return INTRODUCTION.format(
        url=description["apiUrl"],
        key=description["toursApiKey"],
        cookie=description["cookies"]["owner"],
        teacher=description["teacherId"],
        property=description["propertyId"],
        resman=description["sandboxes"]["resman"],
        immersio=description["sandboxes"]["immersio"],
        day=day,
        time=time,
    )


def free_slot(description: dict[str, Any], day: date) -> tuple[str, str]:
    """The day and time of a tour that can be booked, not before `day`."""
    answer = requests.get(
        f"{description['apiUrl']}/api/resman/tours/availability",
        params={"property_id": description["propertyId"], "date": day.isoformat(), "tour_type": "in_person"},
        headers={"x-api-key": description["toursApiKey"]},
        timeout=30,
    ).json()
    if slots := answer.get("available_slots"):
        return day.isoformat(), slots[0]["time"]
    if "next_available_date" in answer:
        return free_slot(description, date.fromisoformat(answer["next_available_date"]))
    return day.isoformat(), "10:00"
