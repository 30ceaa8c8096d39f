// What a front end does with types made of our contract; it compiles, and throws where an answer is another one.

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";
import type { Procedures } from "./procedures.js";

declare const process: { env: Record<string, string | undefined> };
const { URL: baseUrl = "", KEY = "", PROPERTY = "", SCHOOL: tenantSlug = "", WORKSHOP: slug = "" } = process.env;

// Others use the address too: who is told to wait, waits.
const patient = async (request: Request): Promise<Response> => {
  const response = await fetch(request.clone());
  if (response.status !== 429) return response;
  await new Promise((go) => setTimeout(go, 1000 * Number(response.headers.get("retry-after"))));
  return patient(request);
};
const client = createClient<paths>({ baseUrl, fetch: patient });

const is = <T>(found: T, wanted: T): void => {
  if (found !== wanted) throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
};

const given = <T>(answer: { data?: T; error?: { code: string } }): T => {
  if (answer.data === undefined) throw new Error(answer.error?.code);
  return answer.data;
};

async function tour(): Promise<void> {
  const headers = { "x-api-key": KEY };
  const free = async (date: string) => {
    const query = { property_id: PROPERTY, date };
    return given(await client.GET("/api/resman/tours/availability", { headers, params: { query } }));
  };
  let day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  let offered = await free(day);
  if (offered.next_available_date !== undefined) offered = await free((day = offered.next_available_date));
  const preferred_time = offered.available_slots.at(-1)!.time;
  const tour_data = {
    prospect_name: "Ada Lovelace",
    prospect_email: `${crypto.randomUUID()}@example.com`,
    prospect_phone: "+1 512 555 0199",
    tour_type: "in_person" as const,
    preferred_date: day,
    preferred_time,
    property_id: PROPERTY,
  };
  const body = { conversation_id: "conv-1", tour_data };
  const booked = given(await client.POST("/api/resman/tours/book", { headers, body }));
  const when: string = "status" in booked ? booked.requested_datetime : booked.confirmed_datetime;
  const it = { headers, params: { path: { appointment_id: booked.appointment_id } } };
  is(given(await client.GET("/api/resman/tours/{appointment_id}", it)).confirmed_datetime, when);
  const becomes = (status: "cancelled" | "no_show") =>
    client.PUT("/api/resman/tours/{appointment_id}", { ...it, body: { status } });
  is(given(await becomes("cancelled")).status, "cancelled");
  const again = await becomes("no_show");
  if (again.error?.code !== "ILLEGAL_STATUS_CHANGE") throw new Error("a cancelled tour was changed");
  is(again.error.details?.allowed.length, 0);
}

async function seat(): Promise<void> {
  const at = { path: { slug }, query: { tenantSlug } };
  const workshop = given(await client.GET("/api/v1/public/workshops/{slug}", { params: at }));
  const startTime = workshop.schedule.at(-1)!.startTime;
  const attendee = { email: `${crypto.randomUUID()}@example.com`, name: "Sofia Rossi", timeZone: "Europe/Rome" };
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const book = { params: { ...at, header }, body: { startTime, attendee } };
  const booked = given(await client.POST("/api/v1/public/workshops/{slug}/bookings", book));
  const { booking, manageToken: token, payment } = booked;
  is(payment?.checkoutUrl, undefined);
  const params = { path: { uid: booking.uid }, query: { token } };
  is(given(await client.GET("/api/v1/public/bookings/{uid}", { params })).booking.status, "accepted");
  const file = await client.GET("/api/v1/public/bookings/{uid}/calendar.ics", { params, parseAs: "text" });
  is(given(file).startsWith("BEGIN:VCALENDAR"), true);
  const whole = { params: { path: params.path }, body: { token } };
  const back = await client.POST("/api/v1/public/bookings/{uid}/cancel", whole);
  is(given(back).booking.status, "cancelled");
  const empty = { params: at, body: { startTime, attendee: { ...attendee, email: "" } } };
  const nobody = await client.POST("/api/v1/public/workshops/{slug}/bookings", empty);
  if (nobody.error?.code !== "VALIDATION_ERROR") throw new Error("nobody has booked");
  is(nobody.error.details?.[0]?.field, "attendee.email");
}

// What need not hold at run time: the compiler looks at it.
export const created: Procedures["immersio.workshop.create"]["input"] = {
  title: "Evening Class", duration: 60, price: 1500, seats: 8, teacherId: 5, locations: [], startsAt: new Date(),
};
export const starts = (one: Procedures["immersio.workshop.get"]["output"]): Date | null => one.nextOccurrence;
export const told = (event: components["schemas"]["BookingCreatedEvent"]): string => event.data.booking.attendee.email;
// @ts-expect-error a code that is never answered is a mistake of whoever asks for it
export const mistaken: Procedures["immersio.tenant.get"]["appCode"] = "SEAT_TAKEN";

await tour();
await seat();
