import type { Received } from "../undici/exchange.ts";

const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** A `Response` with whatever status came: its constructor refuses some that receivers do send. */
export function toResponse({ statusCode, headers, body }: Received): Response {
  const isConstructible = statusCode >= 200 && statusCode <= 599;
  const isBodyless = NULL_BODY_STATUSES.has(statusCode) || body.length === 0;
  const response = new Response(isBodyless ? null : Buffer.from(body), {
    status: isConstructible ? statusCode : 200,
    headers,
  });
  return isConstructible ? response : Object.defineProperty(response, "status", { value: statusCode });
}
