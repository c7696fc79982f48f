/** `Headers` of fetch, or an object such as Node's `request.headers`. Names may be in any case. */
export type ReceivedHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Returns the value of a header; undefined if it is absent. Values from several lines are joined (RFC 9110, 5.3). */
type ReadHeader = (name: string) => string | undefined;

export function headerReader(headers: unknown): ReadHeader {
  if (typeof headers !== "object" || headers === null) return () => undefined;
  if ("get" in headers && typeof headers.get === "function") {
    const { get } = headers;
    return (name) => textOf(get.call(headers, name));
  }
  let inLowerCase: ReadonlyMap<string, unknown> | undefined;
  return (name) => {
    // Node's names are already in lower case.
    if (Object.hasOwn(headers, name)) return textOf(Reflect.get(headers, name));
    inLowerCase ??= new Map(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
    return textOf(inLowerCase.get(name));
  };
}

function textOf(value: unknown): string | undefined {
  const text = Array.isArray(value) ? value.join(", ") : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}
