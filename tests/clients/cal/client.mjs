import { createTRPCUntypedClient, httpBatchLink, httpLink, splitLink } from "@trpc/client";
import superjson from "superjson";

export { httpBatchLink, httpLink, splitLink, superjson };

// Before version 11 the client has the transformer.
export const ofLink = {};
export const createClient = (links) => createTRPCUntypedClient({ transformer: superjson, links });
