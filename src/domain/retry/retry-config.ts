import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";

/** How often, and how patiently, a delivery is tried. The seed's `RetryConfig`, with its defaults. */
export interface RetryConfig {
  /** Attempts in all, the first included: the seed's loop runs `max_retries` times. A whole number, 1 or more. */
  readonly maxRetries: number;
  /** Seconds before the second attempt. */
  readonly baseDelaySeconds: number;
  /** No delay is longer than this many seconds. */
  readonly maxDelaySeconds: number;
  /** Each delay is this many times the one before; 1 or more. */
  readonly backoffMultiplier: number;
  /** Which part of each delay is left to chance, from 0 (none, the seed's) to 1 (all of it). */
  readonly jitterFraction?: number;
}

export const DEFAULT_RETRY_CONFIG: RetryConfig = {
  maxRetries: 5,
  baseDelaySeconds: 1,
  maxDelaySeconds: 60,
  backoffMultiplier: 2,
};

/** A year: a retry that is due later than this is a mistake in the units. */
export const LONGEST_DELAY_SECONDS = 31_536_000;

interface Rule {
  readonly text: string;
  readonly holds: (value: number) => boolean;
}

const delayRule: Rule = {
  text: `must be a number of seconds from 0 to ${LONGEST_DELAY_SECONDS}`,
  holds: (value) => value >= 0 && value <= LONGEST_DELAY_SECONDS,
};

const rules: Readonly<Record<keyof RetryConfig, Rule>> = {
  maxRetries: {
    text: "must be a whole number, 1 or more",
    holds: (value) => Number.isSafeInteger(value) && value >= 1,
  },
  baseDelaySeconds: delayRule,
  maxDelaySeconds: delayRule,
  backoffMultiplier: {
    text: "must be a finite number, 1 or more",
    holds: (value) => Number.isFinite(value) && value >= 1,
  },
  jitterFraction: { text: "must be a number from 0 to 1", holds: (value) => value >= 0 && value <= 1 },
};

/**
 * Completes `input` with `defaults` and checks every field.
 *
 * @returns `InvalidInput` naming the first field that breaks its rule, or that is not a setting at all.
 */
export function parseRetryConfig(
  input: unknown = {},
  defaults: RetryConfig = DEFAULT_RETRY_CONFIG,
): Result<RetryConfig, InvalidInput> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return err(invalidInput("retryConfig", "must be an object", input));
  }
  const config: Record<keyof RetryConfig, number> = { jitterFraction: 0, ...defaults };
  for (const [name, value] of Object.entries(input)) {
    const field = `retryConfig.${name}`;
    if (!isSetting(name)) return err(invalidInput(field, `is not a setting; there are ${settings.join(", ")}`, value));
    if (value === undefined) continue;
    const rule = rules[name];
    if (typeof value !== "number" || !rule.holds(value)) return err(invalidInput(field, rule.text, value));
    config[name] = value;
  }
  const { jitterFraction, ...exact } = config;
  return ok(jitterFraction === 0 ? exact : config);
}

const settings: readonly string[] = Object.keys(rules);

function isSetting(name: string): name is keyof RetryConfig {
  return settings.includes(name);
}
