import { createTRPCUntypedClient, httpBatchLink, httpLink, splitLink } from "@trpc/client";
import superjson from "superjson";

export { httpBatchLink, httpLink, splitLink, superjson };

// Since version 11 each link has the transformer.
export const ofLink = { transformer: superjson };
export const createClient = (links) => createTRPCUntypedClient({ links });
