"""Tours as the API shows them."""

from resman import venue
from resman.model import Tour
from resman.property import Property
from resman.schemas import BookTourResponse, ConfirmationDetails, PendingTourResponse, TourView


def booked(tour: Tour, property: Property) -> BookTourResponse:
    return BookTourResponse(
        appointment_id=tour.id,
        confirmed_datetime=local_datetime(tour, property),
        staff_member=tour.staff_name,
        confirmation_details=confirmation_details(tour, property),
    )


def pending(tour: Tour, property: Property) -> PendingTourResponse:
    return PendingTourResponse(
        appointment_id=tour.id,
        status="pending_sync",
        requested_datetime=local_datetime(tour, property),
        staff_member=tour.staff_name,
        confirmation_details=confirmation_details(tour, property),
        message=f"The slot is kept for {tour.prospect.name}. ResMan is out of reach; "
        "an e-mail will confirm the tour, or apologise and offer other times.",
    )


def tour_view(tour: Tour, property: Property) -> TourView:
    return TourView(
        appointment_id=tour.id,
        conversation_id=tour.conversation_id,
        property_id=tour.property_id,
        status=tour.status,
        resman_sync="pending" if tour.awaits_sync else "synced",
        resman_status=tour.resman_status,
        confirmed_datetime=local_datetime(tour, property),
        duration=tour.duration_minutes,
        tour_type=tour.type,
        staff_member=tour.staff_name,
        prospect_name=tour.prospect.name,
        prospect_email=tour.prospect.email,
        prospect_phone=tour.prospect.phone,
        unit_preferences=list(tour.unit_preferences),
        special_requests=tour.special_requests,
        staff_notes=tour.staff_notes,
        outcome=tour.outcome,
        confirmation_details=confirmation_details(tour, property),
        created_at=tour.created_at,
    )


def confirmation_details(tour: Tour, property: Property) -> ConfirmationDetails:
    """Where to go or what to join; a field that does not apply is left out."""
    where = {"location": venue.location(tour, property), "virtual_link": venue.virtual_link(tour, property)}
    applicable = {name: value for name, value in where.items() if value}
    return ConfirmationDetails(instructions=venue.instructions(tour, property), **applicable)


def local_datetime(tour: Tour, property: Property) -> str:
    """ISO 8601 with the property's offset."""
    return property.local(tour.starts_at).isoformat()
