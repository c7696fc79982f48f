import { invalidInput, type InvalidInput } from "./invalid-input.ts";

/**
 * A table of the names of an options object. The compiler keeps it equal to the interface, so that no new option is
 * forgotten in it.
 */
export type NamesOf<Options> = Readonly<Record<NameIn<Options>, unknown>>;

/** Settings of which any may be left out, or be undefined, which means the same. */
export type Given<Settings> = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** The names of all members of a union. */
type NameIn<Options> = Options extends unknown ? keyof Options & string : never;

/**
 * Refuses the first of an object's own names that is not in the table, whatever its value: a misspelt option would be
 * ignored, and the caller would not get what was asked for. Returns null if the table has them all.
 *
 * @param within - what the field begins with, such as `retryConfig.`
 */
export function unknownName(given: object, names: object, within = ""): InvalidInput | null {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const rule = `is not a setting; the settings are ${Object.keys(names).join(", ")}`;
    return invalidInput(`${within}${name}`, rule, Reflect.get(given, name));
  }
  return null;
}
