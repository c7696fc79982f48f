/** Counts what happens, and tells when it has happened often enough. */
export interface Tally {
  happened(what: string): void;
  /** Resolves when `what` happens for the n-th time from now. */
  nth(what: string, n: number): Promise<void>;
}

export function createTally(): Tally {
  const watchers = new Set<(what: string) => void>();
  return {
    happened(what) {
      for (const watch of [...watchers]) watch(what);
    },
    nth: (awaited, n) =>
      new Promise((resolve) => {
        let left = n;
        const watch = (what: string): void => {
          if (what !== awaited) return;
          left -= 1;
          if (left > 0) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
      }),
  };
}
