import { unknownName, type NamesOf } from "./known-names.ts";

export interface ReplayGuardOptions {
  /** More than 0. How long an id is remembered; 600 by default, twice the usual tolerance, after which no replay passes the check of its time. */
  readonly keepSeconds?: number | undefined;
  /** More than 0. So many ids are remembered at the most, 100,000 by default; beyond that the oldest is forgotten. */
  readonly most?: number | undefined;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: (() => number) | undefined;
}

const names: NamesOf<ReplayGuardOptions> = { keepSeconds: true, most: true, now: true };

/**
 * Remembers the ids of messages that were taken, in this process and for a time. Several processes, and retries that come hours
 * later, need the ids in a database, under a unique key.
 */
export interface ReplayGuard {
  /**
   * Handles a message once. A repeat that comes while it is being handled waits for the same outcome, and one that comes
   * afterwards is not handled again: `"repeat"` in both cases. Where `handle` throws or rejects, so does this, for the repeats that
   * wait too, and the id is given back: answer each with a 5xx, and the sender's next attempt is handled. It rejects with a
   * `TypeError` where there is no id, as of a message that kemi's signature alone was verified of: all of these would be one message.
   */
  once(messageId: string, handle: () => unknown): Promise<"handled" | "repeat">;
  /** Whether it is the first time: then the id is taken. The sender's next attempt has the same id. Throws a `TypeError` where there is none. */
  take(messageId: string): boolean;
  /** Gives the id back, where the message could not be handled: the sender's next attempt is then taken again. */
  release(messageId: string): void;
}

/** Throws a `RangeError` for an option that is out of its range, or that there is not: a guard that took it would let replays through. */
export function createReplayGuard(options: ReplayGuardOptions = {}): ReplayGuard {
  const unknown = unknownName(options, names);
  if (unknown !== null) throw new RangeError(unknown);
  const { keepSeconds = 600, most = 100_000, now = Date.now } = options;
  checkPositive({ keepSeconds, most });
  /** In the order of taking, which is that of their ends. */
  const until = new Map<string, number>();
  const underWay = new Map<string, Promise<unknown>>();

  function forgetOld(time: number): void {
    for (const [messageId, end] of until) {
      if (!(end < time) && until.size < most) return;
      until.delete(messageId);
    }
  }

  function take(messageId: string): boolean {
    if (typeof messageId !== "string" || messageId === "")
      throw new TypeError("messageId must be a text that is not empty");
    const time = now();
    const end = until.get(messageId);
    // Turned round, so that a clock that tells no number lets nothing through. At its end a replay still passes the tolerance.
    if (end !== undefined && !(end < time)) return false;
    until.delete(messageId);
    forgetOld(time);
    until.set(messageId, time + keepSeconds * 1000);
    return true;
  }

  const release = (messageId: string): void => void until.delete(messageId);

  return {
    async once(messageId, handle) {
      const earlier = underWay.get(messageId);
      if (earlier !== undefined || !take(messageId)) {
        await earlier;
        return "repeat";
      }
      const attempt = new Promise((resolve) => resolve(handle()));
      underWay.set(messageId, attempt);
      try {
        await attempt;
        return "handled";
      } catch (thrown) {
        release(messageId);
        throw thrown;
      } finally {
        underWay.delete(messageId);
      }
    },
    take,
    release,
  };
}

function checkPositive(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options))
    if (typeof value !== "number" || !(value > 0)) throw new RangeError(`${name} must be a number above 0`);
}
