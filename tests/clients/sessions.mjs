// Session cookies as next-auth makes and reads them.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { encode, getToken } = require("next-auth/jwt");
// Not exported, so by its file: names, attributes and chunks are what it decides.
const { SessionStore, defaultCookies } = require("./node_modules/next-auth/core/lib/cookie.js");

const silent = { debug() {}, warn() {}, error() {} };

export async function makeCookies({ token, secret, maxAge, secure = false }) {
  const cookie = defaultCookies(secure).sessionToken;
  const store = new SessionStore(cookie, { cookies: {}, headers: {} }, silent);
  const value = await encode({ token, secret, maxAge });
  return Object.fromEntries(store.chunk(value, {}).map((chunk) => [chunk.name, chunk.value]));
}

export async function readCookies({ cookies, secret, secure = false }) {
  return getToken({ req: { cookies, headers: {} }, secret, secureCookie: secure, logger: silent });
}
