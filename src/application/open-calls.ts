import type { ResultAsync } from "neverthrow";

export interface OpenCalls {
  track<T, E>(call: ResultAsync<T, E>): ResultAsync<T, E>;
  /** Resolves when all calls tracked so far have ended. Later calls are not waited for. */
  ended(): Promise<void>;
}

/**
 * Counts the calls that closing has to wait for, so that they finish instead of failing half-way as `closed`. It keeps
 * a count and not the calls, because each publish is one.
 */
export function createOpenCalls(): OpenCalls {
  let open = 0;
  let whenEnded: (() => void) | null = null;

  function end(): void {
    open -= 1;
    if (open === 0) whenEnded?.();
  }

  return {
    track(call) {
      if (whenEnded !== null) return call;
      open += 1;
      void call.then(end, end);
      return call;
    },
    ended: () =>
      new Promise((resolve) => {
        whenEnded = resolve;
        if (open === 0) resolve();
      }),
  };
}
