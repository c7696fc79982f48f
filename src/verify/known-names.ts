/** A table of the names of an options object. The compiler keeps it equal to the interface. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Says, in the sender's words, what is wrong with the first of an object's own names that is not in the table; null if
 * the table has them all.
 */
export function unknownName(given: object, names: object): string | null {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(names, name))
      return `${name} is not a setting; the settings are ${Object.keys(names).join(", ")}`;
  }
  return null;
}
