/** Makes an `Error` of a bug, which may have thrown anything, for a promise to reject with. */
export function toError(bug: unknown): Error {
  return bug instanceof Error ? bug : new Error("a bug threw something that is not an Error", { cause: bug });
}
