type HeaderValue = string | readonly string[] | undefined;

/** Joins values that came in several lines (RFC 9110, 5.3). The names are already in lower case. */
export function collectHeaders(received: Readonly<Record<string, HeaderValue>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in received) {
    const value = received[name];
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}
