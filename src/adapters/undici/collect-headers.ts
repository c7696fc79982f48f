type HeaderValue = string | readonly string[] | undefined;

/** Joins what came in several lines, as RFC 9110, 5.3 has it; the names are in lower case already. */
export function collectHeaders(received: Readonly<Record<string, HeaderValue>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(received).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(", ")]],
    ),
  );
}
