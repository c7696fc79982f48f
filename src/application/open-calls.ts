import type { ResultAsync } from "neverthrow";

export interface OpenCalls {
  track<T, E>(call: ResultAsync<T, E>): ResultAsync<T, E>;
  /** Resolves when all that were tracked before have ended. Nobody waits for what is tracked afterwards. */
  ended(): Promise<void>;
}

/**
 * What closing has to wait for: what was called before, so that it is done, and not `closed` half-way. Counted and not collected, since each
 * publish is one.
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
