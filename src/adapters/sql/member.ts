/** A property of something of which nothing is known; undefined where it has none. */
export function member(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
}
