import { invalidInput, type InvalidInput } from "./invalid-input.ts";

/**
 * A table with the names of an options object, which the compiler holds equal to the interface's: an option that is new
 * cannot be forgotten in it.
 */
export type NamesOf<Options> = Readonly<Record<NameIn<Options>, unknown>>;

/** Of a union, the names of all its members. */
type NameIn<Options> = Options extends unknown ? keyof Options & string : never;

/**
 * Refuses the first of an object's own names that the table has not, whatever its value: an option that is misspelt would be
 * ignored, and something else be done than was asked for. Null where it has them all.
 *
 * @param within - what the field begins with, such as `retryConfig.`
 */
export function unknownName(given: object, names: object, within = ""): InvalidInput | null {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const rule = `is not a setting; there are ${Object.keys(names).join(", ")}`;
    return invalidInput(`${within}${name}`, rule, Reflect.get(given, name));
  }
  return null;
}
