type HeaderValue = string | readonly string[] | undefined;

/** Joins what came in several lines, as RFC 9110, 5.3 has it; the names are in lower case already. */
export function collectHeaders(received: Readonly<Record<string, HeaderValue>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in received) {
    const value = received[name];
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}
