// superjson as each client has it.

import { read, write } from "./values.mjs";

const library = async (client) => (await import(`./${client}/client.mjs`)).superjson;

// By way of text, as over the wire.
const text = (envelope) => JSON.parse(JSON.stringify(envelope));

export async function serialize({ client, value }) {
  return text((await library(client)).serialize(read(value)));
}

export async function deserialize({ client, envelope }) {
  return write((await library(client)).deserialize(envelope));
}
