/** A table with the names of an options object, which the compiler holds equal to the interface's. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>;

/** What is wrong with the first of an object's own names that the table has not, in the sender's words; null where it has them all. */
export function unknownName(given: object, names: object): string | null {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(names, name)) return `${name} is not a setting; there are ${Object.keys(names).join(", ")}`;
  }
  return null;
}
