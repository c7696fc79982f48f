import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { LONGEST_DELAY_SECONDS } from "./retry-config.ts";

/** Parses the value of `field`, or says which rule it breaks. */
export type Parse<T> = (field: string, value: unknown) => Result<T, InvalidInput>;

/** Parses numbers for which `holds` is true; `rule` says in words what that means. */
export function parseNumber(rule: string, holds: (value: number) => boolean): Parse<number> {
  return (field, value) =>
    typeof value === "number" && holds(value) ? ok(value) : err(invalidInput(field, rule, value));
}

export const parseDelaySeconds = parseNumber(
  `must be a number of seconds from 0 to ${LONGEST_DELAY_SECONDS}`,
  (value) => value >= 0 && value <= LONGEST_DELAY_SECONDS,
);
