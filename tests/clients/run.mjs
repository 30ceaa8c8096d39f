// Does what each line of standard input asks, {"do": …}, and answers with a line: {"done": …} or {"failed": …}.

import { createInterface } from "node:readline";

import { call } from "./trpc.mjs";
import { makeCookies, readCookies } from "./sessions.mjs";
import { deserialize, serialize } from "./superjson.mjs";

const CAN = { call, serialize, deserialize, makeCookies, readCookies };

for await (const line of createInterface({ input: process.stdin })) {
  const { do: verb, ...request } = JSON.parse(line);
  const answer = await CAN[verb](request).then((done) => ({ done }), (error) => ({ failed: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
