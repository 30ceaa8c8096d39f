"""GET /api/v1/public/bookings/{uid}/calendar.ics: a student's seat as a file for their calendar.

For the calendars of Google, Apple and Outlook.
"""

from immersio.booking import calendar_download
from immersio.booking.schemas import WithToken
from kernel.auth import Anyone
from kernel.errors import BookingNotFound, TenantNotFound
from kernel.files import CalendarFile
from kernel.http import endpoint


@endpoint(
    "GET /api/v1/public/bookings/{uid}/calendar.ics", caller=Anyone, absent=BookingNotFound, errors=(TenantNotFound,)
)
def handler(uid: str, request: WithToken) -> CalendarFile:
    return CalendarFile("class.ics", calendar_download.calendar_file(uid, request.token))
