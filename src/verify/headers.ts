/** `Headers` of fetch, or an object such as Node's `request.headers`; the case of names does not matter. */
export type ReceivedHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a header; undefined where there is none. What came in several lines is joined, as RFC 9110, 5.3 has it. */
export type ReadHeader = (name: string) => string | undefined;

export function headerReader(headers: unknown): ReadHeader {
  if (typeof headers !== "object" || headers === null) return () => undefined;
  if ("get" in headers && typeof headers.get === "function") {
    const { get } = headers;
    return (name) => textOf(get.call(headers, name));
  }
  let inLowerCase: ReadonlyMap<string, unknown> | undefined;
  return (name) => {
    // Node's own names are in lower case already.
    if (Object.hasOwn(headers, name)) return textOf(Reflect.get(headers, name));
    inLowerCase ??= new Map(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
    return textOf(inLowerCase.get(name));
  };
}

function textOf(value: unknown): string | undefined {
  const text = Array.isArray(value) ? value.join(", ") : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}
