"""Every key of the single table; nowhere else is one spelled.

Entities
    entity            pk                                      sk                     gsi1pk / gsi1sk
    API key           APIKEY#hash                             APIKEY
    client account    ACCOUNT#a                               ACCOUNT
    property          ACCOUNT#a                               PROPERTY#p             PROPERTIES / a#p
    tour              ACCOUNT#a#TOUR#t                        TOUR                   APPOINTMENT#t / TOUR
    lane's diary      ACCOUNT#a#PROPERTY#p#DIARY#day          LANE#lane
    prospect          ACCOUNT#a#PROPERTY#p                    PROSPECT#email
    ResMan's day      ACCOUNT#a#PROPERTY#p                    AVAILABILITY#day
    poll cursor       ACCOUNT#a#PROPERTY#p                    POLL
    day's counters    ACCOUNT#a#PROPERTY#p#METRICS            DAY#day
    tenant (school)   TENANT#t                                TENANT                 TENANTS / t
    tenant's usage    TENANT#t                                USAGE
    tenant's slug     TENANTSLUG#slug                         TENANT
    landing page      TENANT#t                                LANDING
    integration       TENANT#t                                INTEGRATION
    its receiver      TENANT#t                                RECEIVER
    organisation      IMMERSIOORG#o                           TENANT
    course            TENANT#t#COURSES                        COURSE#c
    whose course      IMMERSIOCOURSE#c                        TENANT
    enrolment         TENANT#t#COURSE#c                       STUDENT#s              IMMERSIOSTUDENT#s / t#c
      gsi3pk          TENANT#t#COURSE#c#EMAIL#e while enrolled; its sort key is gsi1sk too
    changed student   IMMERSIOSTUDENT#s                       STUDENT
    event taken in    IMMERSIOEVENT#id                        EVENT
    sync that runs    TENANT#t                                SYNC
    sync              TENANT#t#SYNCS                          SYNC#id
    Immersio user     TENANT#t                                IMMERSIOUSER#sub
    sign-on token     TENANT#t#SIGNON#fingerprint             TOKEN
    user              USER#u                                  USER
    user's e-mail     EMAIL#e                                 USER
    username          TENANT#t                                USERNAME#name
    membership        TENANT#t                                MEMBER#u               ...#TEAM / u (staff only)
    invite            TENANT#t                                INVITE#e
    invite's token    INVITETOKEN#hash                        INVITE
    user's schedules  TENANT#t#MEMBER#u                       SCHEDULES
    schedule          TENANT#t#MEMBER#u                       SCHEDULE#s
    workshop          TENANT#t#WORKSHOP#w                     WORKSHOP
    workshop's slug   TENANT#t                                WORKSHOPSLUG#slug
    in a list         TENANT#t#WORKSHOPS#what the list is of  WORKSHOP#w
    list's length     TENANT#t#WORKSHOPS#what the list is of  COUNT
    occurrence        TENANT#t#WORKSHOP#w                     OCCURRENCE#start
    who waits for it  TENANT#t#WORKSHOP#w#WAITLIST#start      ENTRY#id
    by their address  TENANT#t#WORKSHOP#w#WAITLIST#start      EMAIL#fingerprint
    Stripe access     TENANT#t                                STRIPE
    Stripe account    STRIPEACCOUNT#a                         TENANT
    day's statistics  TENANT#t#STATS                          DAY#day#w
    month's           TENANT#t#STATS                          MONTH#month#w
    all time's        TENANT#t#STATS                          TOTALS
    counted change    TENANT#t#STATS#CHANGE#id                CHANGE
    counted student   TENANT#t#STATS#STUDENT#e                STUDENT
    whitelist         TENANT#t#WORKSHOP#w                     WHITELIST
    its generations   TENANT#t#WORKSHOP#w                     WHITELIST#g
    who is listed     TENANT#t#WORKSHOP#w#WHITELIST#g         EMAIL#e
    booking           TENANT#t#BOOKING#uid                    BOOKING                ...#w#BOOKINGS#status / start#id
      gsi2pk, gsi3pk  TENANT#t#BOOKINGS#status, TENANT#t#STUDENT#e#BOOKINGS#status; their sort key is gsi1sk too
    outbox message    tenant#OUTBOX#id                        MESSAGE                OUTBOX#shard / when to look
      gsi4pk          TENANT#t#DELIVERIES#status, if it is a school's event; its sort key is created_at
    idempotency       tenant#IDEMPOTENCY#route#key            ANSWER
    rate window       LIMIT#scope                             WINDOW#start

Access patterns
    who calls?                               get API key by hash, then account
    property, tour by id                     get
    tour by appointment id alone (webhooks)  gsi1 APPOINTMENT#t
    all properties (poller)                  gsi1 PROPERTIES
    whose time is taken on a day             query the day's diary
    a prospect's upcoming tour               get prospect
    a year of metrics                        query METRICS between two days
    whose session is it, and in which role?  get user, then membership of the user's tenant
    tenant by id                             get
    all tenants (reconcile job)              gsi1 TENANTS
    how a tenant's landing page looks        get landing page
    where a tenant's events go               get integration
    who is telling its receiver just now     get receiver
    a page of what it was told               gsi4 TENANT#t#DELIVERIES#status backwards, then get those it names
    whose organisation, whose course is it?  get
    a school's courses, in order             query TENANT#t#COURSES, COURSE#
    who is enrolled in a course, in order    query TENANT#t#COURSE#c, STUDENT#
    in which courses is a student?           gsi1 IMMERSIOSTUDENT#s
    who of a course has this address?        gsi3 TENANT#t#COURSE#c#EMAIL#e, then get those it names
    was an event taken in before?            condition on its row, in the transaction that takes it in
    does a sync run? the last ones           get; query TENANT#t#SYNCS backwards
    who of us is an Immersio user?           get, then user
    was a token used before?                 condition on its row, in the transaction that uses it
    is a slug, e-mail or username taken?     condition on its row, in the transaction that takes it
    who is it, by e-mail?                    get the e-mail's row, then user
    a school's staff, in order of their ids  gsi1 TENANT#t#TEAM from an id on
    an invite by address, by link; all open  get; get its token's row, then invite; query TENANT#t INVITE
    a user's schedules, and the default      query TENANT#t#MEMBER#u between SCHEDULE and SCHEDULES
    workshop by id, by slug; a booking       get
    a page of workshops, filtered            query TENANT#t#WORKSHOPS#… backwards, then get those it names
    how many there are, filtered             get the list's length
    an occurrence's taken seats              get
    who waits for a seat in it, in order     query TENANT#t#WORKSHOP#w#WAITLIST#start, ENTRY#
    does an address wait for it?             get by its fingerprint, then the entry
    whose Stripe account is it? (events)     get
    two years of statistics                  query TENANT#t#STATS: whole months, and the days before and after them
    was a change, a student counted before?  condition on its row, in the transaction that counts it
    a workshop's booked occurrences to come  query TENANT#t#WORKSHOP#w from OCCURRENCE#now on
    who may book a workshop                  get whitelist, then the entry in the generation it points to
    a whitelist's leftovers                  query TENANT#t#WORKSHOP#w, WHITELIST#
    how many bookings between two days       query TENANT#t#WORKSHOP#w between two OCCURRENCEs
    a workshop's bookings between two days   gsi1 TENANT#t#WORKSHOP#w#BOOKINGS#status
    a page of a school's bookings            gsi2 TENANT#t#BOOKINGS#status backwards, then get those it names
    a page of a student's bookings           gsi3 TENANT#t#STUDENT#e#BOOKINGS#status likewise
    messages to look at                      gsi1 OUTBOX#shard up to now

The tenant (a client account, a school) comes first in every key; the exceptions are the look-up of a
credential, an invite's link, a user, a slug, a Stripe account, or something of Immersio's, which is how the tenant
is found, and the rate window.
"""

import zlib
from datetime import date, datetime
from typing import NamedTuple

from kernel import clock

OUTBOX_SHARDS = 8
"""Partitions of the outbox index: one takes 1,000 writes a second."""


class Key(NamedTuple):
    pk: str
    sk: str


class IndexKey(NamedTuple):
    gsi1pk: str
    gsi1sk: str


class BookingIndexKey(NamedTuple):
    """A booking is found in three lists, which are in the same order."""

    gsi1pk: str
    gsi1sk: str
    gsi2pk: str
    gsi3pk: str


def _path(*parts: str) -> str:
    """Parts joined by `#`; a `#` inside a part is escaped, so that no input can forge another key."""
    return "#".join(part.replace("%", "%25").replace("#", "%23") for part in parts)


def api_key(fingerprint: str) -> Key:
    return Key(_path("APIKEY", fingerprint), "APIKEY")


def account(account_id: str) -> Key:
    return Key(_path("ACCOUNT", account_id), "ACCOUNT")


def property_(account_id: str, property_id: str) -> Key:
    return Key(_path("ACCOUNT", account_id), _path("PROPERTY", property_id))


def property_index(account_id: str, property_id: str) -> IndexKey:
    return IndexKey(all_properties(), _path(account_id, property_id))


def all_properties() -> str:
    return "PROPERTIES"


def tour(account_id: str, tour_id: str) -> Key:
    return Key(_path("ACCOUNT", account_id, "TOUR", tour_id), "TOUR")


def tour_index(tour_id: str) -> IndexKey:
    return IndexKey(_path("APPOINTMENT", tour_id), "TOUR")


def diary(account_id: str, property_id: str, day: date) -> str:
    return _path("ACCOUNT", account_id, "PROPERTY", property_id, "DIARY", day.isoformat())


def diary_lane(account_id: str, property_id: str, day: date, lane: str) -> Key:
    return Key(diary(account_id, property_id, day), _path("LANE", lane))


def lane_of(sk: str) -> str:
    """The lane a diary row belongs to, read back from its sort key."""
    return sk.removeprefix("LANE#").replace("%23", "#").replace("%25", "%")


def prospect(account_id: str, property_id: str, email: str) -> Key:
    return Key(_path("ACCOUNT", account_id, "PROPERTY", property_id), _path("PROSPECT", email))


def availability(account_id: str, property_id: str, day: date) -> Key:
    return Key(_path("ACCOUNT", account_id, "PROPERTY", property_id), _path("AVAILABILITY", day.isoformat()))


def poll_cursor(account_id: str, property_id: str) -> Key:
    return Key(_path("ACCOUNT", account_id, "PROPERTY", property_id), "POLL")


def metrics(account_id: str, property_id: str) -> str:
    return _path("ACCOUNT", account_id, "PROPERTY", property_id, "METRICS")


def metrics_day(account_id: str, property_id: str, day: date) -> Key:
    return Key(metrics(account_id, property_id), metrics_sort(day))


def metrics_sort(day: date) -> str:
    return _path("DAY", day.isoformat())


def tenant(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "TENANT")


def tenant_index(tenant_id: int) -> IndexKey:
    return IndexKey(all_tenants(), f"{tenant_id:016}")


def all_tenants() -> str:
    return "TENANTS"


def tenant_usage(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "USAGE")


def tenant_slug(slug: str) -> Key:
    return Key(_path("TENANTSLUG", slug), "TENANT")


def landing_page(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "LANDING")


def integration(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "INTEGRATION")


def receiver(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "RECEIVER")


def deliveries(tenant: str, status: str) -> str:
    return _path("TENANT", tenant, "DELIVERIES", status)


def immersio_organization(org_id: str) -> Key:
    return Key(_path("IMMERSIOORG", org_id), "TENANT")


def courses(tenant_id: int) -> str:
    return _path("TENANT", str(tenant_id), "COURSES")


def course(tenant_id: int, course_id: str) -> Key:
    return Key(courses(tenant_id), _path("COURSE", course_id))


def immersio_course(course_id: str) -> Key:
    return Key(_path("IMMERSIOCOURSE", course_id), "TENANT")


def roster(tenant_id: int, course_id: str) -> str:
    return _path("TENANT", str(tenant_id), "COURSE", course_id)


def enrolment(tenant_id: int, course_id: str, student_id: str) -> Key:
    return Key(roster(tenant_id, course_id), _path("STUDENT", student_id))


def enrolments_between(after: str | None, last: str | None) -> tuple[str, str]:
    """The sort keys between which students with ids from `after` to `last` stand, both included; None: all there."""
    return _path("STUDENT", after or ""), "STUDENT$" if last is None else _path("STUDENT", last)


def enrolled_address(tenant_id: int, course_id: str, email: str) -> str:
    return _path("TENANT", str(tenant_id), "COURSE", course_id, "EMAIL", email)


def immersio_student(student_id: str) -> str:
    return _path("IMMERSIOSTUDENT", student_id)


def changed_student(student_id: str) -> Key:
    return Key(immersio_student(student_id), "STUDENT")


def enrolment_index(tenant_id: int, course_id: str, student_id: str) -> IndexKey:
    return IndexKey(immersio_student(student_id), _path(str(tenant_id), course_id))


def immersio_event(webhook_id: str) -> Key:
    return Key(_path("IMMERSIOEVENT", webhook_id), "EVENT")


def running_sync(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "SYNC")


def syncs(tenant_id: int) -> str:
    return _path("TENANT", str(tenant_id), "SYNCS")


def sync(tenant_id: int, sync_id: int) -> Key:
    """In the order they began: ids rise with time."""
    return Key(syncs(tenant_id), _path("SYNC", f"{sync_id:016}"))


def immersio_user(tenant_id: int, subject: str) -> Key:
    return Key(_path("TENANT", str(tenant_id)), _path("IMMERSIOUSER", subject))


def signon_token(tenant_id: int, fingerprint: str) -> Key:
    return Key(_path("TENANT", str(tenant_id), "SIGNON", fingerprint), "TOKEN")


def user(user_id: int) -> Key:
    return Key(_path("USER", str(user_id)), "USER")


def email(normalised: str) -> Key:
    return Key(_path("EMAIL", normalised), "USER")


def membership(tenant_id: int, user_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), _path("MEMBER", str(user_id)))


def team(tenant_id: int) -> str:
    return _path("TENANT", str(tenant_id), "TEAM")


def team_index(tenant_id: int, user_id: int) -> IndexKey:
    return IndexKey(team(tenant_id), team_sort(user_id))


def team_sort(user_id: int) -> str:
    """As wide as the largest id, so that text order is the order of ids."""
    return f"{user_id:016}"


def username(tenant_id: int, name: str) -> Key:
    return Key(_path("TENANT", str(tenant_id)), _path("USERNAME", name))


def invite(tenant_id: int, normalised: str) -> Key:
    return Key(_path("TENANT", str(tenant_id)), _path("INVITE", normalised))


def invites() -> str:
    """How the sort key of every invite of a school begins."""
    return _path("INVITE", "")


def invite_token(fingerprint: str) -> Key:
    return Key(_path("INVITETOKEN", fingerprint), "INVITE")


def member(tenant_id: int, user_id: int) -> str:
    return _path("TENANT", str(tenant_id), "MEMBER", str(user_id))


def schedules(tenant_id: int, user_id: int) -> Key:
    return Key(member(tenant_id, user_id), "SCHEDULES")


def schedule(tenant_id: int, user_id: int, schedule_id: int) -> Key:
    return Key(member(tenant_id, user_id), _path("SCHEDULE", str(schedule_id)))


def schedules_between() -> tuple[str, str]:
    """The sort keys between which a user's schedules stand, with what is kept of all of them at the end."""
    return "SCHEDULE", "SCHEDULES"


def workshop(tenant_id: int, workshop_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id), "WORKSHOP", str(workshop_id)), "WORKSHOP")


def workshop_slug(tenant_id: int, slug: str) -> Key:
    return Key(_path("TENANT", str(tenant_id)), _path("WORKSHOPSLUG", slug))


def workshop_list(tenant_id: int, status: str | None, teacher_id: int | None, course_id: str | None) -> str:
    """The list of a school's workshops that are alike in what is given; None: whatever it is."""
    alike = {"STATUS": status, "TEACHER": teacher_id, "COURSE": course_id}
    given = (part for name, value in alike.items() if value is not None for part in (name, str(value)))
    return _path("TENANT", str(tenant_id), "WORKSHOPS", *given)


def listed_workshop(
    tenant_id: int, status: str | None, teacher_id: int | None, course_id: str | None, workshop_id: int
) -> Key:
    return Key(workshop_list(tenant_id, status, teacher_id, course_id), f"{listed_workshops()}{workshop_id:016}")


def listed_workshops() -> str:
    """How the sort key of every workshop in a list begins; then comes its number, so that the oldest is first."""
    return _path("WORKSHOP", "")


def workshop_count(tenant_id: int, status: str | None, teacher_id: int | None, course_id: str | None) -> Key:
    return Key(workshop_list(tenant_id, status, teacher_id, course_id), "COUNT")


def occurrence(tenant_id: int, workshop_id: int, starts_at: datetime) -> Key:
    return Key(workshop(tenant_id, workshop_id).pk, occurrence_sort(starts_at))


def occurrence_sort(starts_at: datetime) -> str:
    return _path("OCCURRENCE", clock.iso(starts_at))


def occurrences_between(since: datetime, until: datetime) -> tuple[str, str]:
    return _path("OCCURRENCE", clock.iso(since)), _path("OCCURRENCE", clock.iso(until))


def waitlist(tenant_id: int, workshop_id: int, starts_at: datetime) -> str:
    """A partition for each occurrence, so that one that many wait for is in no other's way."""
    return _path("TENANT", str(tenant_id), "WORKSHOP", str(workshop_id), "WAITLIST", clock.iso(starts_at))


def waitlist_entry(tenant_id: int, workshop_id: int, starts_at: datetime, entry_id: int) -> Key:
    """In the order they joined: ids rise with time."""
    return Key(waitlist(tenant_id, workshop_id, starts_at), waitlist_sort(entry_id))


def waitlist_sort(entry_id: int) -> str:
    return f"{waitlist_entries()}{entry_id:016}"


def waitlist_entries() -> str:
    """How the sort key of everybody who waits begins."""
    return _path("ENTRY", "")


def waitlist_address(tenant_id: int, workshop_id: int, starts_at: datetime, fingerprint: str) -> Key:
    return Key(waitlist(tenant_id, workshop_id, starts_at), _path("EMAIL", fingerprint))


def whitelist(tenant_id: int, workshop_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id), "WORKSHOP", str(workshop_id)), "WHITELIST")


def whitelist_generation(tenant_id: int, workshop_id: int, generation: int) -> Key:
    return Key(whitelist(tenant_id, workshop_id).pk, _path("WHITELIST", str(generation)))


def all_whitelist_generations() -> str:
    """What the sort keys of a whitelist's generations begin with, and its own does not."""
    return _path("WHITELIST", "")


def whitelist_entries(tenant_id: int, workshop_id: int, generation: int) -> str:
    return _path("TENANT", str(tenant_id), "WORKSHOP", str(workshop_id), "WHITELIST", str(generation))


def whitelist_entry(tenant_id: int, workshop_id: int, generation: int, email: str) -> Key:
    return Key(whitelist_entries(tenant_id, workshop_id, generation), _path("EMAIL", email))


def booking(tenant_id: int, uid: str) -> Key:
    return Key(_path("TENANT", str(tenant_id), "BOOKING", uid), "BOOKING")


def workshop_bookings(tenant_id: int, workshop_id: int, status: str) -> str:
    return _path("TENANT", str(tenant_id), "WORKSHOP", str(workshop_id), "BOOKINGS", status)


def school_bookings(tenant_id: int, status: str) -> str:
    return _path("TENANT", str(tenant_id), "BOOKINGS", status)


def student_bookings(tenant_id: int, email: str, status: str) -> str:
    return _path("TENANT", str(tenant_id), "STUDENT", email, "BOOKINGS", status)


def booking_sort(starts_at: datetime, booking_id: int) -> str:
    """In the order of occurrences, and of each as they were booked: ids rise with time."""
    return _path(clock.iso(starts_at), f"{booking_id:016}")


def booking_index(tenant_id: int, workshop_id: int, email: str, status: str, sort: str) -> BookingIndexKey:
    return BookingIndexKey(
        workshop_bookings(tenant_id, workshop_id, status),
        sort,
        school_bookings(tenant_id, status),
        student_bookings(tenant_id, email, status),
    )


def bookings_between(since: datetime, until: datetime) -> tuple[str, str]:
    """Both included; what follows a start is smaller than `~`."""
    return clock.iso(since), f"{clock.iso(until)}~"


def stripe_credentials(tenant_id: int) -> Key:
    return Key(_path("TENANT", str(tenant_id)), "STRIPE")


def stripe_account(account_id: str) -> Key:
    return Key(_path("STRIPEACCOUNT", account_id), "TENANT")


def stats(tenant_id: int) -> str:
    return _path("TENANT", str(tenant_id), "STATS")


def stats_day(tenant_id: int, day: date, workshop_id: int) -> Key:
    return Key(stats(tenant_id), _path("DAY", day.isoformat(), str(workshop_id)))


def stats_month(tenant_id: int, month: date, workshop_id: int) -> Key:
    """`month` is any day of it."""
    return Key(stats(tenant_id), _path("MONTH", f"{month:%Y-%m}", str(workshop_id)))


def stats_days(first: date, last: date) -> tuple[str, str]:
    """The sort keys between which the rows of these days stand, both included."""
    return _path("DAY", first.isoformat()), _path("DAY", last.isoformat()) + "~"


def stats_months(first: date, last: date) -> tuple[str, str]:
    return _path("MONTH", f"{first:%Y-%m}"), _path("MONTH", f"{last:%Y-%m}") + "~"


def stats_totals(tenant_id: int) -> Key:
    return Key(stats(tenant_id), "TOTALS")


def stats_change(tenant_id: int, change_id: str) -> Key:
    return Key(_path("TENANT", str(tenant_id), "STATS", "CHANGE", change_id), "CHANGE")


def stats_student(tenant_id: int, email: str) -> Key:
    return Key(_path("TENANT", str(tenant_id), "STATS", "STUDENT", email), "STUDENT")


def outbox(tenant: str, message_id: str) -> Key:
    return Key(_path(tenant, "OUTBOX", message_id), "MESSAGE")


def outbox_index(message_id: str, look_at: datetime) -> IndexKey:
    shard = zlib.crc32(message_id.encode()) % OUTBOX_SHARDS
    return IndexKey(outbox_shard(shard), outbox_sort(look_at))


def outbox_shard(shard: int) -> str:
    return _path("OUTBOX", str(shard))


def outbox_sort(look_at: datetime) -> str:
    return clock.iso(look_at)


def idempotency(tenant: str, route: str, key: str) -> Key:
    return Key(_path(tenant, "IDEMPOTENCY", route, key), "ANSWER")


def rate_window(scope: str, window: int) -> Key:
    return Key(_path("LIMIT", scope), _path("WINDOW", str(window)))
