import { now, publishedAt } from "../payload.ts";

export interface Report {
  readonly received: number;
  readonly firstAt: number;
  /** Milliseconds from publish to receipt, if timing was asked for. */
  readonly latencies: readonly number[];
}

export interface Tally {
  reset(timed: boolean): void;
  count(body: Buffer): void;
  /** Resolves once the given number of requests have arrived since the reset. */
  reached(count: number): Promise<Report>;
}

/** Counts requests, and times them only if asked to, because reading each body slows the receiver down. */
export function createTally(): Tally {
  let [received, firstAt, timed] = [0, 0, false];
  let latencies: number[] = [];
  let awaited = Infinity;
  let onReached: (report: Report) => void = () => undefined;

  const report = (): Report => ({ received, firstAt, latencies });
  return {
    reset(timing) {
      [received, firstAt, timed, latencies, awaited] = [0, 0, timing, [], Infinity];
    },
    count(body) {
      if (received === 0) firstAt = now();
      if (timed) latencies.push(now() - publishedAt(body.toString("latin1")));
      received += 1;
      if (received === awaited) onReached(report());
    },
    reached(count) {
      if (received >= count) return Promise.resolve(report());
      return new Promise((resolve) => {
        awaited = count;
        onReached = resolve;
      });
    },
  };
}
