"""ResMan as the rest of the code sees it: what is taken, book this, change that, what has changed.

Every method raises `ResmanUnavailable` (ask again later) or `ResmanRejected` (asking again will not help).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from functools import cache

from kernel import clock, settings
from kernel.errors import ResmanRejected
from kernel.telemetry import logger
from resman import lead_management, wire
from resman.port import Appointment, Booked, Employee, GuestCard, Lead, Person, Schedule
from resman.property import Property
from resman.transport import Conversation, GaveUp, InDoubt, Misconfigured, NoAnswer, Patience, Transport, WindowTooLarge

__all__ = ["Appointment", "Booked", "Employee", "Lead", "Patience", "Person", "ResmanClient", "Schedule", "client"]

DEFAULT_SOURCE = "DomIQ"
MARGIN = timedelta(minutes=5)
"""ResMan's clock and ours may differ."""
SMALLEST_WINDOW = timedelta(minutes=1)


@cache
def client() -> "ResmanClient":
    """The client of this process, as the deployment sets it up; its circuit breaker and its memory are shared."""
    return ResmanClient(
        settings.get("RESMAN_BASE_URL"),
        _credentials,
        times=wire.Times(settings.get("RESMAN_TIMES", wire.Times.UTC)),
        source_name=settings.get("RESMAN_SOURCE", DEFAULT_SOURCE),
    )


def _credentials() -> wire.Credentials:
    secret = settings.secret("RESMAN_SECRET")
    return wire.Credentials(integration_partner_id=secret["integration_partner_id"], api_key=secret["api_key"])


class ChangedThere(Exception):
    """ResMan's staff changed an appointment since we last saw it; their word comes first."""

    def __init__(self, held: Appointment) -> None:
        super().__init__(f"event {held.event_id} was changed in ResMan")
        self.held = held


class ResmanClient:
    def __init__(
        self,
        base_url: str,
        credentials: Callable[[], wire.Credentials],
        *,
        times: wire.Times = wire.Times.UTC,
        source_name: str = DEFAULT_SOURCE,
        patience: Patience | None = None,
    ) -> None:
        self._transport = Transport(base_url, credentials, patience or Patience())
        self._times = times
        self._source_name = source_name
        self._sources: dict[tuple[str, str], str] = {}
        self._windows: dict[tuple[str, str], timedelta] = {}

    def fetch_availability(self, property: Property) -> Schedule:
        """Who works here, and the appointments changed within the booking horizon, whatever became of them."""
        since = clock.now() - timedelta(days=property.booking_horizon_days + 1)

        def read(resman: Conversation) -> Schedule:
            employees = wire.employees_in(resman.ask(wire.GET_EMPLOYEES))
            return Schedule(employees=employees, appointments=self._changed_since(resman, since))

        return self._transport.converse(property, read)

    def changes_since(self, property: Property, since: datetime) -> list[Appointment]:
        """Appointments ResMan changed since then, in the order of the changes."""
        changed = self._transport.converse(property, lambda resman: self._changed_since(resman, since))
        recent = [appointment for appointment in changed if (appointment.modified_at or since) >= since]
        return sorted(recent, key=lambda appointment: appointment.modified_at or since)

    def update(self, property: Property, lead: Lead, last_seen: datetime | None = None) -> Booked:
        """Make the appointment, move it, or note on it what became of the tour.

        An earlier try that seemed to fail may have made it already (INV-34). Raises `ChangedThere`, with nothing
        written, if ResMan's staff changed it after `last_seen`, a time by ResMan's clock.
        """
        return self._transport.converse(property, lambda resman: self._update(resman, lead, last_seen))

    def annul(self, property: Property, lead: Lead) -> Booked | None:
        """Note that nothing came of a tour, on the appointment that an earlier try made unnoticed, if there is one."""

        def note(resman: Conversation) -> Booked | None:
            card = self._find_card(resman, lead)
            held = _held(card, lead)
            return self._post(resman, lead, card, held) if held else None

        return self._transport.converse(property, note)

    def _update(self, resman: Conversation, lead: Lead, last_seen: datetime | None) -> Booked:
        card = self._find_card(resman, lead)
        held = _held(card, lead)
        if held and held.modified_at and last_seen and held.modified_at > last_seen:
            raise ChangedThere(held)
        return self._post(resman, lead, card, held)

    def _post(self, resman: Conversation, lead: Lead, card: GuestCard | None, held: Appointment | None) -> Booked:
        source_id = lead.source_id or self._source_id(resman)
        document = lead_management.write(lead, card, held, source_id, self._zone(resman))
        try:
            answer = resman.ask(wire.POST_LEAD_MANAGEMENT, Xml=document)
        except InDoubt:
            if held:
                raise
            return self._await_effect(resman, lead)
        except ResmanRejected as refusal:
            self._sources.pop(_place(resman), None)
            if card is None and self._find_card(resman, lead):
                raise NoAnswer("the prospect appeared in ResMan while booking") from refusal
            raise
        written = _held(_card_of(lead, lead_management.read(answer, self._zone(resman))), lead)
        return _booked(written) if written else self._await_effect(resman, lead)

    def _await_effect(self, resman: Conversation, lead: Lead) -> Booked:
        """Only look: what was sent may still be under way, and sending it again could make a second appointment."""

        def look() -> Booked:
            held = _held(self._find_card(resman, lead), lead)
            if held is None:
                raise NoAnswer("the appointment is not there yet")
            return _booked(held)

        try:
            return resman.keep_trying(look)
        except NoAnswer as error:
            raise GaveUp("ResMan did not say whether it took the appointment, and does not show it yet") from error

    def _find_card(self, resman: Conversation, lead: Lead) -> GuestCard | None:
        """By id, as staff may have corrected the address; by address while the prospect is new to us."""
        if lead.prospect_id:
            card = _card_of(lead, self._search(resman, ProspectID=lead.prospect_id))
            if card:
                return card
        cards = self._search(resman, Email=lead.person.email)
        return _card_of(lead, [card for card in cards if card.has_email(lead.person.email)])

    def _search(self, resman: Conversation, **by: str) -> list[GuestCard]:
        return lead_management.read(resman.ask(wire.SEARCH_PROSPECTS, **by), self._zone(resman))

    def _source_id(self, resman: Conversation) -> str:
        """The id of our prospect source, asked once for each property: ResMan refuses a source it does not know."""
        place = _place(resman)
        if place not in self._sources:
            sources = wire.sources_in(resman.ask(wire.GET_PROSPECT_SOURCES))
            if self._source_name not in sources:
                raise self._source_missing(resman, sources)
            self._sources[place] = sources[self._source_name]
        return self._sources[place]

    def _source_missing(self, resman: Conversation, sources: dict[str, str]) -> Misconfigured:
        message = (
            f"ResMan has no prospect source named {self._source_name!r} at property {resman.property.id}; "
            f"add it there, or set RESMAN_SOURCE to one of: {', '.join(sorted(sources)) or 'none yet'}"
        )
        logger.error(message)
        return Misconfigured(message)

    def _changed_since(self, resman: Conversation, since: datetime) -> tuple[Appointment, ...]:
        """Each appointment once, as it was last seen."""
        latest = {a.event_id: a for card in self._cards_changed_since(resman, since) for a in card.appointments}
        return tuple(latest.values())

    def _cards_changed_since(self, resman: Conversation, since: datetime) -> Iterator[GuestCard]:
        """In windows small enough for ResMan to answer; the size that worked is remembered."""
        zone, place, until = self._zone(resman), _place(resman), clock.now() + MARGIN
        since -= MARGIN
        while since < until:
            end = min(since + self._windows.get(place, until - since), until)
            try:
                cards = self._search(resman, **wire.modified_between(since, end, zone))
            except WindowTooLarge:
                self._windows[place] = _halved(end - since)
            else:
                yield from cards
                since = end

    def _zone(self, resman: Conversation) -> tzinfo:
        return self._times.zone(resman.property)


def _halved(window: timedelta) -> timedelta:
    if window <= SMALLEST_WINDOW:
        raise NoAnswer(f"ResMan cannot answer even for {window} of changed prospects")
    return window / 2


def _place(resman: Conversation) -> tuple[str, str]:
    return resman.property.resman_account_id, resman.property.resman_property_id


def _card_of(lead: Lead, cards: list[GuestCard]) -> GuestCard | None:
    """The card that holds our appointment, else the active one, else any: a person may have several."""
    ranked = sorted(cards, key=lambda card: (_held(card, lead) is None, not card.is_active))
    return ranked[0] if ranked else None


def _held(card: GuestCard | None, lead: Lead) -> Appointment | None:
    return next(iter(lead_management.appointments_of(lead, card)), None)


def _booked(appointment: Appointment) -> Booked:
    return Booked(
        prospect_id=appointment.prospect_id, event_id=appointment.event_id, modified_at=appointment.modified_at
    )
