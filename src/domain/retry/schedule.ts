import { err, Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { parseDelaySeconds, parseNumber } from "./parse-number.ts";

/** The most attempts that a schedule may name. */
export const LONGEST_SCHEDULE = 100;

/**
 * The example schedule of the Standard Webhooks specification ("Deliverability and reliability"), for
 * `retryConfig.scheduleSeconds`. Ten attempts: at once and then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h
 * and 24 h. From the first to the last takes 75 h 35 min 5 s.
 */
export const standardWebhooksSchedule: readonly number[] = Object.freeze([
  0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
]);

const parseFirstDelay = parseNumber("must be 0: the first attempt is made at once", (delay) => delay === 0);

/** Returns a copy of the schedule, which may be empty, or the first delay that breaks a rule. */
export function parseSchedule(field: string, value: unknown): Result<readonly number[], InvalidInput> {
  if (!Array.isArray(value) || value.length > LONGEST_SCHEDULE) {
    return err(invalidInput(field, `must be an array of at most ${LONGEST_SCHEDULE} delays in seconds`, value));
  }
  // Array.from, because map skips the holes of an array.
  return Result.combine(
    Array.from<unknown, Result<number, InvalidInput>>(value, (delay, index) =>
      (index === 0 ? parseFirstDelay : parseDelaySeconds)(`${field}[${index}]`, delay),
    ),
  );
}
