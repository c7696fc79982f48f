/** Counts the deliveries that are still to be done, for systems that do not tell when they are idle. */
export interface Countdown {
  add(count: number): void;
  done(): void;
  /** Resolves once as many are done as were added. */
  over(): Promise<void>;
}

export function createCountdown(): Countdown {
  let remaining = 0;
  let waiting: (() => void)[] = [];
  const look = () => {
    if (remaining > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    add(count) {
      remaining += count;
    },
    done() {
      remaining -= 1;
      look();
    },
    over: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        look();
      }),
  };
}
