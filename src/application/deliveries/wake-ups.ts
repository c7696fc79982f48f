/** Tells everybody in this process who waits for work that there may be some. */
export interface WakeUps {
  notify(): void;
  /** Calls `listener` at the next `notify`, once. Returns what takes that back. */
  once(listener: () => void): () => void;
}

export function createWakeUps(): WakeUps {
  const listeners = new Set<() => void>();
  return {
    notify() {
      const woken = [...listeners];
      listeners.clear();
      for (const listener of woken) listener();
    },
    once(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
