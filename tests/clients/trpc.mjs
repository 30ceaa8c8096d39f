// Calls procedures with one of the real clients, in one of the two address layouts.

import { read, write } from "./values.mjs";

const BASE = "/api/trpc";

export async function call({ client, url, layout = "plain", batched = true, methodOverride, headers = {}, calls }) {
  const versions = await import(`./${client}/client.mjs`);
  const requests = [];
  const options = { ...versions.ofLink, headers, fetch: recording(requests), ...(methodOverride && { methodOverride }) };
  const links = layout === "cal" ? calLinks(versions, url, options, calls) : plainLinks(versions, url, options);
  const trpc = versions.createClient(links);
  const context = { skipBatch: !batched };
  const pending = calls.map(({ path, kind, input }) => trpc[kind](path, read(input), { context }).then(value, error));
  return { results: await Promise.all(pending), requests };
}

function plainLinks(versions, url, options) {
  const link = (make) => make({ ...options, url: url + BASE });
  return [split(versions, link(versions.httpLink), link(versions.httpBatchLink))];
}

// As packages/trpc/react/trpc.ts of calcom/cal.com: one link for each endpoint, named by the path.
function calLinks(versions, url, options, calls) {
  const endpoints = [...new Set(calls.map(({ path }) => resolved(path).endpoint))];
  const link = (make) => (runtime) => {
    const of = (endpoint) => make({ ...options, url: `${url}${BASE}/${endpoint}` })(runtime);
    const links = Object.fromEntries(endpoints.map((endpoint) => [endpoint, of(endpoint)]));
    return ({ op, next }) => {
      const { endpoint, path } = resolved(op.path);
      return links[endpoint]({ op: { ...op, path }, next });
    };
  };
  return [split(versions, link(versions.httpLink), link(versions.httpBatchLink))];
}

function split({ splitLink }, single, batch) {
  return splitLink({ condition: (op) => Boolean(op.context.skipBatch), true: single, false: batch });
}

function resolved(path) {
  const parts = path.split(".");
  if (parts.length === 2) return { endpoint: parts[0], path: parts[1] };
  return { endpoint: parts[1], path: parts.slice(2).join(".") };
}

function recording(requests) {
  return async (address, options) => {
    const response = await fetch(address, options);
    requests.push({ method: options.method, url: String(address), status: response.status });
    return response;
  };
}

const value = (result) => ({ ok: true, value: write(result) });

const error = (thrown) => ({
  ok: false,
  name: thrown.name,
  message: thrown.message,
  data: write(thrown.data ?? null),
  code: thrown.shape?.code ?? null,
});
