import type { Clock } from "../../ports/clock.ts";

/** Tells everybody in this process who waits for something that it may have come. */
export interface WakeUps {
  notify(): void;
  /** Calls `listener` at the next `notify`, once. Returns what takes that back. */
  once(listener: () => void): () => void;
}

export function createWakeUps(): WakeUps {
  const listeners = new Set<() => void>();
  return {
    notify() {
      if (listeners.size === 0) return;
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

/** Somebody who listens, from when it was made, so that nothing is missed between looking for work and waiting for it. */
export interface Listener {
  /** Listens to this one too, from now on. */
  also(signal: WakeUps): void;
  /** Whether one of the signals has come. */
  heard(): boolean;
  /** Resolves when one of them has come, and after `milliseconds` at the latest. */
  orAfter(milliseconds: number): Promise<void>;
  forget(): void;
}

export function listen(clock: Clock, signal: WakeUps): Listener {
  const wake = new AbortController();
  const wakeUp = () => wake.abort();
  const forgets = new Map<WakeUps, () => void>();
  const also = (one: WakeUps) => void forgets.set(one, one.once(wakeUp));
  also(signal);
  return {
    also,
    heard: () => wake.signal.aborted,
    orAfter: (milliseconds) => clock.sleep(milliseconds, wake.signal),
    forget: () => forgets.forEach((forget) => forget()),
  };
}
