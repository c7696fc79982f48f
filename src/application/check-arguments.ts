import { err, ok, Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../domain/invalid-input.ts";
import { unknownName, type NamesOf } from "../domain/known-names.ts";
import { isObject } from "../domain/guards.ts";

/** JavaScript may pass anything. These functions check an argument before a use case takes it apart. */
export function checkObject<T extends object>(field: string, given: T, names: NamesOf<T>): Result<T, InvalidInput> {
  if (!isObject(given)) return err(invalidInput(field, "must be an object", given));
  const unknown = unknownName(given, names);
  return unknown === null ? ok(given) : err(unknown);
}

/** PostgreSQL takes no text with a NUL in it, so nothing can have such an id. */
export function checkText(field: string, given: unknown): Result<string, InvalidInput> {
  return typeof given === "string" && !given.includes("\0")
    ? ok(given)
    : err(invalidInput(field, "must be a string without NUL characters", given));
}

export function checkOptionalText(field: string, given: string | undefined): Result<string | undefined, InvalidInput> {
  return given === undefined ? ok(given) : checkText(field, given);
}

export function checkFlag(field: string, given: unknown): Result<boolean, InvalidInput> {
  return typeof given === "boolean" ? ok(given) : err(invalidInput(field, "must be true or false", given));
}

const MOST_PER_PAGE = 1000;

/** Accepts as many as a page may have. */
export function checkTexts(field: string, given: unknown): Result<readonly string[], InvalidInput> {
  return Array.isArray(given) && given.length <= MOST_PER_PAGE
    ? Result.combine(Array.from(given, (one: unknown, index) => checkText(`${field}[${index}]`, one)))
    : err(invalidInput(field, `must be an array of at most ${MOST_PER_PAGE} strings`, given));
}

export function checkChoice<Choice>(
  field: string,
  given: unknown,
  choices: readonly Choice[],
): Result<Choice, InvalidInput> {
  const chosen = choices.find((choice) => choice === given);
  return chosen === undefined ? err(invalidInput(field, `must be one of ${choices.join(", ")}`, given)) : ok(chosen);
}

export function checkChoices<Choice>(
  field: string,
  given: unknown,
  choices: readonly Choice[],
): Result<readonly Choice[], InvalidInput> {
  return Array.isArray(given) && given.length > 0
    ? Result.combine(Array.from(given, (one: unknown, index) => checkChoice(`${field}[${index}]`, one, choices)))
    : err(invalidInput(field, `must be an array of one or more of ${choices.join(", ")}`, given));
}

export function checkLimit(field: string, given: unknown): Result<number, InvalidInput> {
  return isWhole(given) && given >= 1 && given <= MOST_PER_PAGE
    ? ok(given)
    : err(invalidInput(field, `must be a whole number from 1 to ${MOST_PER_PAGE}`, given));
}

export function checkPosition(field: string, given: unknown): Result<number, InvalidInput> {
  return isWhole(given) && given >= 0
    ? ok(given)
    : err(invalidInput(field, "must be a position: a whole number, 0 or more", given));
}

export function checkDate(field: string, given: unknown): Result<Date, InvalidInput> {
  // An object may have a Date's prototype without being a Date. It would throw when asked for its time.
  const isDate = given instanceof Date && Object.prototype.toString.call(given) === "[object Date]";
  if (isDate && !Number.isNaN(given.getTime())) return ok(given);
  return err(invalidInput(field, isDate ? "must be a valid Date, not an Invalid Date" : "must be a valid Date", given));
}

/** Accepts undefined as well: the callback is optional. */
export function checkOnProgress<Callback>(given: Callback | undefined): Result<Callback | undefined, InvalidInput> {
  return given === undefined || typeof given === "function"
    ? ok(given)
    : err(invalidInput("onProgress", "must be a function", given));
}

/** Checks that an adapter, or the application's implementation of a port, has these methods. */
export function checkMethods(field: string, given: unknown, methods: readonly string[]): Result<unknown, InvalidInput> {
  if (methods.every((method) => isFunction(given, method))) return ok();
  const rule = `must have ${methods.map((method) => `${method}()`).join(", ")}`;
  return err(invalidInput(field, `${rule}${insteadOf(given)}`, given));
}

/** Says what to do about what is often passed in place of an adapter. */
function insteadOf(given: unknown): string {
  if (typeof given === "function") return ": pass what the function returns, not the function";
  return isFunction(given, "isErr") ? ": pass the Result's value, not the Result" : "";
}

function isFunction(owner: unknown, member: string): boolean {
  return (isObject(owner) || typeof owner === "function") && typeof Reflect.get(owner, member) === "function";
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
