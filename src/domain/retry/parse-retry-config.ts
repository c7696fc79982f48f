import { err, ok, Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { unknownName } from "../known-names.ts";
import { isObject } from "../guards.ts";
import { DEFAULT_RETRY_CONFIG, LONGEST_DELAY_SECONDS, LONGEST_SCHEDULE, type RetryConfig } from "./retry-config.ts";

type Settings = Required<RetryConfig>;
type Given = { -readonly [Name in keyof Settings]?: Settings[Name] };

/** Parses the value of `field`, or says which rule it breaks. */
type Parse<T> = (field: string, value: unknown) => Result<T, InvalidInput>;

/** Parses numbers for which `holds` is true; `rule` says in words what that means. */
function parseNumber(rule: string, holds: (value: number) => boolean): Parse<number> {
  return (field, value) =>
    typeof value === "number" && holds(value) ? ok(value) : err(invalidInput(field, rule, value));
}

const parseDelaySeconds = parseNumber(
  `must be a number of seconds from 0 to ${LONGEST_DELAY_SECONDS}`,
  (value) => value >= 0 && value <= LONGEST_DELAY_SECONDS,
);

const parsePeriodSeconds = parseNumber(
  "must be a finite number of seconds, more than 0, or null for never",
  (value) => Number.isFinite(value) && value > 0,
);

const parseFirstDelay = parseNumber("must be 0: the first attempt is made at once", (delay) => delay === 0);

/** Returns a copy of the schedule, which may be empty, or the first delay that breaks a rule. */
function parseSchedule(field: string, value: unknown): Result<readonly number[], InvalidInput> {
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

const parsers: { readonly [Name in keyof Settings]: Parse<Settings[Name]> } = {
  maxRetries: parseNumber("must be a whole number, 1 or more", (value) => Number.isSafeInteger(value) && value >= 1),
  baseDelaySeconds: parseDelaySeconds,
  maxDelaySeconds: parseDelaySeconds,
  backoffMultiplier: parseNumber("must be a finite number, 1 or more", (value) => Number.isFinite(value) && value >= 1),
  jitterFraction: parseNumber("must be a number from 0 to 1", (value) => value >= 0 && value <= 1),
  scheduleSeconds: parseSchedule,
  maxRetryAfterSeconds: parseDelaySeconds,
  deactivateAfterSeconds: (field, value) => (value === null ? ok(null) : parsePeriodSeconds(field, value)),
};

/** The settings that a schedule replaces. */
const replaced = ["maxRetries", "baseDelaySeconds", "maxDelaySeconds", "backoffMultiplier"] as const;

/**
 * Completes `input` with `defaults` and checks every field. A jitter of 0 and an empty schedule mean the same as none,
 * so they are left out of the result. The schedule of `defaults` is left out too if `input` gives one of the settings
 * that a schedule replaces: they would count for nothing beside it.
 *
 * @returns `InvalidInput` naming the first field that is no setting, or otherwise the first that breaks its rule.
 */
export function parseRetryConfig(
  input: unknown = {},
  defaults: RetryConfig = DEFAULT_RETRY_CONFIG,
): Result<RetryConfig, InvalidInput> {
  if (!isObject(input)) return err(invalidInput("retryConfig", "must be an object", input));
  const unknown = unknownName(input, parsers, "retryConfig.");
  if (unknown !== null) return err(unknown);
  const given: Given = {};
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || !isSetting(name)) continue;
    const parsed = parseSetting(name, `retryConfig.${name}`, value, given);
    if (parsed.isErr()) return err(parsed.error);
  }
  const { scheduleSeconds: inherited = [], ...others } = defaults;
  const isReplaced = replaced.some((name) => given[name] !== undefined);
  const { jitterFraction = 0, scheduleSeconds = isReplaced ? [] : inherited, ...exact } = { ...others, ...given };
  return ok({
    ...exact,
    ...(jitterFraction === 0 ? {} : { jitterFraction }),
    ...(scheduleSeconds.length === 0 ? {} : { scheduleSeconds }),
  });
}

function parseSetting<Name extends keyof Settings>(
  name: Name,
  field: string,
  value: unknown,
  given: Given,
): Result<Settings[Name], InvalidInput> {
  const parse: Parse<Settings[Name]> = parsers[name];
  return parse(field, value).andTee((parsed) => {
    given[name] = parsed;
  });
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(parsers, name);
}
