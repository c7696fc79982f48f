export interface ReplayGuardOptions {
  /** How long an id is remembered; 600 by default, twice the usual tolerance, after which no replay passes the check of its time. */
  readonly keepSeconds?: number | undefined;
  /** So many ids are remembered at the most, 100,000 by default; beyond that the oldest is forgotten. */
  readonly most?: number | undefined;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: (() => number) | undefined;
}

/** Remembers the ids of messages that were taken, in this process; several processes need a unique key in their database. */
export interface ReplayGuard {
  /** Whether it is the first time: then the id is taken. The sender's next attempt has the same id. */
  take(messageId: string): boolean;
  /** Gives the id back, where the message could not be handled: the sender's next attempt is then taken again. */
  release(messageId: string): void;
}

export function createReplayGuard({
  keepSeconds = 600,
  most = 100_000,
  now = Date.now,
}: ReplayGuardOptions = {}): ReplayGuard {
  /** In the order of taking, which is that of their ends. */
  const until = new Map<string, number>();

  function forgetOld(time: number): void {
    for (const [messageId, end] of until) {
      if (end > time && until.size < most) return;
      until.delete(messageId);
    }
  }

  return {
    take(messageId) {
      const time = now();
      if ((until.get(messageId) ?? -Infinity) > time) return false;
      until.delete(messageId);
      forgetOld(time);
      until.set(messageId, time + keepSeconds * 1000);
      return true;
    },
    release: (messageId) => void until.delete(messageId),
  };
}
