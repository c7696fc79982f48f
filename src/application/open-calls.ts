import type { ResultAsync } from "neverthrow";

export interface OpenCalls {
  track<T, E>(result: ResultAsync<T, E>): ResultAsync<T, E>;
  ended(): Promise<unknown>;
}

/**
 * What closing has to wait for: dispatches, which give back the leases of what they could not deliver, and replays, prunings and
 * erasures, which end after a page.
 */
export function createOpenCalls(): OpenCalls {
  const promises = new Set<Promise<void>>();
  return {
    track(result) {
      const ended = result
        .match(ignore, ignore)
        .catch(ignore)
        .finally(() => promises.delete(ended));
      promises.add(ended);
      return result;
    },
    ended: () => Promise.all(promises),
  };
}

function ignore(): void {
  // Its caller has the outcome.
}
