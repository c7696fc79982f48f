import { Readable } from "node:stream";

const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** A `Response` with whatever status came: its constructor refuses some that receivers do send. */
export function toResponse(status: number, headers: Record<string, string>, body: Readable): Response {
  const isConstructible = status >= 200 && status <= 599 && !NULL_BODY_STATUSES.has(status);
  const response = new Response(Readable.toWeb(body), { status: isConstructible ? status : 200, headers });
  return isConstructible ? response : Object.defineProperty(response, "status", { value: status });
}
