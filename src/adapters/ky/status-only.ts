import type { Received } from "../undici/exchange.ts";

/** Makes a `Response` with any status: its constructor refuses some that receivers do send. */
export function statusOnly({ statusCode }: Received): Response {
  if (statusCode >= 200 && statusCode <= 599) return new Response(null, { status: statusCode });
  return Object.defineProperty(new Response(null), "status", { value: statusCode });
}
