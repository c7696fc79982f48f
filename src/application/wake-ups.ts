import type { Clock } from "../ports/clock.ts";

/** Wakes everybody in this process who waits for something: it may have come. */
export interface WakeUps {
  notify(): void;
  /** Calls `listener` once, at the next `notify`. Returns a function that takes this back. */
  once(listener: () => void): () => void;
}

export function createWakeUps(): WakeUps {
  let listeners: (() => void)[] = [];
  return {
    notify() {
      if (listeners.length === 0) return;
      const woken = listeners;
      listeners = [];
      for (const listener of woken) listener();
    },
    once(listener) {
      if (!listeners.includes(listener)) listeners.push(listener);
      return () => {
        const index = listeners.indexOf(listener);
        if (index >= 0) listeners.splice(index, 1);
      };
    },
  };
}

/** Listens from when it was made, so that nothing is missed between looking for work and waiting for it. */
export interface Listener {
  /** Listens to this signal too, from now on. */
  also(signal: WakeUps): void;
  /** Whether one of the signals has come. */
  heard(): boolean;
  /** Resolves when one of the signals has come, at the latest after `milliseconds`. */
  orAfter(milliseconds: number): Promise<void>;
  forget(): void;
}

/** Without a reason, each abort would make an exception, with a stack trace. */
const woken = "woken";

export function listen(clock: Clock, signal: WakeUps): Listener {
  const wake = new AbortController();
  const wakeUp = () => wake.abort(woken);
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
