import type { EpochMs } from "../domain/instant.ts";

export interface Clock {
  /** Returns the present wall-clock time, in whole milliseconds. It may jump either way. */
  now(): EpochMs;

  /**
   * Resolves after `milliseconds`, or as soon as `signal` aborts. Never rejects, leaves no timer behind after an abort,
   * and takes durations of any length.
   */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
