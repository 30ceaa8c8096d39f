// JavaScript's values as JSON: what JSON cannot say is an object with one key that starts with $.

const READERS = {
  $date: (text) => new Date(text),
  $undefined: () => undefined,
  $bigint: (text) => BigInt(text),
  $number: (text) => Number(text),
  $set: (items) => new Set(items.map(read)),
  $map: (pairs) => new Map(pairs.map((pair) => pair.map(read))),
  $regexp: ([source, flags]) => new RegExp(source, flags),
  $url: (text) => new URL(text),
  $file: (base64) => new File([Buffer.from(base64, "base64")], "mine.svg", { type: "image/svg+xml" }),
  $form: form,
};

function form(fields) {
  const filled = new FormData();
  for (const [name, value] of Object.entries(read(fields))) filled.append(name, value);
  return filled;
}

export function read(value) {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] in READERS) return READERS[entries[0][0]](entries[0][1]);
  return Object.fromEntries(entries.map(([key, inner]) => [key, read(inner)]));
}

export function write(value) {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (Object.is(value, -0)) return { $number: "-0" };
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return { $date: Number.isNaN(value.valueOf()) ? "invalid" : value.toISOString() };
  if (value instanceof Set) return { $set: [...value].map(write) };
  if (value instanceof Map) return { $map: [...value].map((pair) => pair.map(write)) };
  if (Array.isArray(value)) return value.map(write);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner)]));
}
