import { ResultAsync } from "neverthrow";
import { setImmediate } from "node:timers/promises";

/**
 * Gives the event loop a turn first. The driver answers at once, so whoever goes through many pages would otherwise
 * keep everybody else waiting until the last.
 */
export function inTurn<T, E>(work: () => ResultAsync<T, E>): ResultAsync<T, E> {
  return ResultAsync.fromSafePromise(setImmediate()).andThen(work);
}
