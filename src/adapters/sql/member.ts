/** Returns a property of an unknown value; undefined if there is none. */
export function member(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
}
