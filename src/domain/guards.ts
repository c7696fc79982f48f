/** Says whether a value read from outside has the form of a `T`. */
export type Guard<T> = (value: unknown) => value is T;

export const isString: Guard<string> = (value) => typeof value === "string";
export const isBoolean: Guard<boolean> = (value) => typeof value === "boolean";
/** Finite, as JSON has no other numbers. */
export const isNumber: Guard<number> = (value): value is number => Number.isFinite(value);

/** Not null, and no array. */
export const isObject: Guard<object> = (value): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A point in time that `Date.parse` understands. */
export const isInstant: Guard<string> = (value): value is string =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));

/** 1, 2, 3: attempts and versions. */
export const isCount: Guard<number> = (value): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

export function oneOf<const T extends string>(...members: readonly T[]): Guard<T> {
  return (value): value is T => members.some((member) => member === value);
}

export function nullOr<T>(guard: Guard<T>): Guard<T | null> {
  return (value): value is T | null => value === null || guard(value);
}

/** For a field that may be left out. */
export function absentOr<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value): value is T | undefined => value === undefined || guard(value);
}

export function arrayOf<T>(guard: Guard<T>): Guard<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(guard);
}

export function anyOf<T extends readonly unknown[]>(
  ...guards: { readonly [Index in keyof T]: Guard<T[Index]> }
): Guard<T[number]> {
  return (value): value is T[number] => guards.some((guard) => guard(value));
}

/** An object with these fields. It may have others, which a later version may have added. */
export function shape<T extends object>(fields: { readonly [Name in keyof T]-?: Guard<T[Name]> }): Guard<T> {
  const guards = Object.entries<Guard<unknown>>(fields);
  return (value): value is T => {
    if (!isObject(value)) return false;
    for (const [name, guard] of guards) if (!guard(Reflect.get(value, name))) return false;
    return true;
  };
}
