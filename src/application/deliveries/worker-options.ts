import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { RequestSettings } from "./request-settings.ts";

export interface WorkerOptions {
  /** Attempts under way at once; 64 by default, 10,000 at the most. */
  readonly concurrency?: number | undefined;
  /**
   * This worker's attempts under way at once to one webhook; 16 by default, so that a slow webhook does not take every
   * slot.
   */
  readonly perWebhookConcurrency?: number | undefined;
  /**
   * How long a lease lasts; by default 60, or twice `request.timeoutSeconds` if that is more. The worker renews its
   * leases at half of this time. If it does not, for example because its process has died, another worker takes over
   * when they end.
   */
  readonly leaseSeconds?: number | undefined;
}

export const workerNames: NamesOf<WorkerOptions> = {
  concurrency: true,
  perWebhookConcurrency: true,
  leaseSeconds: true,
};

export interface StopOptions {
  /** What is still under way after this many seconds is given up; by default 5 more than one attempt may take. */
  readonly deadlineSeconds?: number | undefined;
}

export const stopNames: NamesOf<StopOptions> = { deadlineSeconds: true };

/** Well over what one attempt may take: if a lease ends during an attempt, the message is sent twice. */
export function usualLeaseSeconds({ timeoutSeconds }: Pick<RequestSettings, "timeoutSeconds">): number {
  return Math.max(60, 2 * timeoutSeconds);
}

/** The time that an attempt may take, and 5 seconds to record its outcome. */
export function usualDeadlineSeconds({ timeoutSeconds }: Pick<RequestSettings, "timeoutSeconds">): number {
  return timeoutSeconds + 5;
}

/**
 * As many connections as a process can reasonably have open. All of them may be claimed at once, and their messages
 * read.
 */
const MOST_AT_ONCE = 10_000;

export function checkDeadline(seconds: unknown): Result<number, InvalidInput> {
  return typeof seconds === "number" && seconds >= 0 && seconds <= 86_400
    ? ok(seconds)
    : err(invalidInput("deadlineSeconds", "must be a number of seconds from 0 to 86400, a day", seconds));
}

export function checkWorkerOptions(
  { concurrency, perWebhookConcurrency, leaseSeconds }: Readonly<Record<keyof WorkerOptions, number>>,
  timeoutSeconds: number,
): Result<void, InvalidInput> {
  for (const [field, value] of Object.entries({ concurrency, perWebhookConcurrency })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > MOST_AT_ONCE)
      return err(invalidInput(field, `must be a whole number from 1 to ${MOST_AT_ONCE}`, value));
  }
  if (!(Number.isFinite(leaseSeconds) && leaseSeconds > timeoutSeconds && leaseSeconds <= 86_400)) {
    const least = `more than the ${timeoutSeconds} s that one attempt may take`;
    const rule = `must be a number of seconds, ${least} and at most 86400, a day`;
    return err(invalidInput("leaseSeconds", rule, leaseSeconds));
  }
  return ok();
}
