"""What each operation is there for, in the one sentence that the documents have for it: seen by what comes of it.

That fields are there and of the right kind says nothing of what stands in them; here it is looked at.
"""

from collections.abc import Callable, Iterator

from tests.conformance import documents, public_meanings, school_meanings, tour_meanings
from tests.conformance.item import Item
from tests.conformance.stage import Stage

SEEN: dict[str, Callable[[Stage], None]] = {
    "immersio.tenant.get": school_meanings.it_is_told_of_itself,
    "immersio.tenant.updateStripeCredentials": school_meanings.stripe_is_configured,
    "immersio.tenant.getStats": school_meanings.its_use_is_counted,
    "immersio.tenant.inviteTeacher": school_meanings.whom_it_invites_joins,
    "immersio.workshop.create": school_meanings.a_workshop_is_as_it_was_made,
    "immersio.workshop.list": school_meanings.workshops_are_listed_by_what_is_asked,
    "immersio.workshop.updateWhitelist": school_meanings.who_is_on_the_list_may_book,
    "immersio.workshop.getBookings": school_meanings.bookings_are_listed_by_what_is_asked,
    "immersio.integration.connect": school_meanings.immersio_is_connected,
    "immersio.integration.syncCourses": school_meanings.courses_are_read,
    "immersio.integration.mapCourse": school_meanings.a_course_is_the_workshops,
    "immersio.integration.getSyncHistory": school_meanings.syncs_are_told_the_latest_first,
    "immersio.landing.getSettings": public_meanings.a_new_page_can_be_published,
    "immersio.landing.updateSettings": public_meanings.what_is_given_changes_and_the_rest_stays,
    "immersio.landing.publish": public_meanings.the_public_sees_it_from_now_on,
    "immersio.landing.uploadAsset": public_meanings.an_image_is_served,
    "GET /api/v1/public/landing/{slug}": public_meanings.the_public_sees_what_can_be_booked,
    "GET /api/v1/public/workshops/{slug}": public_meanings.the_public_sees_the_classes,
    "POST /api/v1/oauth/immersio/callback": public_meanings.whoever_the_token_names_is_signed_in,
    "POST /api/v1/webhooks/immersio": public_meanings.who_is_enrolled_may_book,
    "POST /api/resman/tours/book": tour_meanings.a_tour_is_as_it_was_booked,
    "GET /api/resman/tours/availability": tour_meanings.what_is_taken_is_not_offered,
    "PUT /api/resman/tours/{appointment_id}": tour_meanings.a_tour_is_what_it_was_changed_to,
    "POST /api/resman/webhooks/tour-update": tour_meanings.a_tour_is_what_resman_says,
}


def items() -> Iterator[Item]:
    operations = documents.operations()
    assert SEEN.keys() == {one.name for one in operations}
    for one in operations:
        yield Item(one.section, one.name, f"does what it is there for: {one.about}", SEEN[one.name])
