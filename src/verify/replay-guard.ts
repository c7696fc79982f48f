import { unknownName, type NamesOf } from "./known-names.ts";

export interface ReplayGuardOptions {
  /**
   * How long an id is remembered, more than 0; 600 by default. That is twice the usual tolerance, after which the check
   * of its time refuses any replay.
   */
  readonly keepSeconds?: number | undefined;
  /** The most ids that are remembered, more than 0; 100,000 by default. Beyond that the oldest is forgotten. */
  readonly most?: number | undefined;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: (() => number) | undefined;
}

const names: NamesOf<ReplayGuardOptions> = { keepSeconds: true, most: true, now: true };

/**
 * Remembers the ids of messages that were taken, in this process and for a time. If you have several processes, or
 * retries come hours later, keep the ids in a database, under a unique key.
 */
export interface ReplayGuard {
  /**
   * Handles a message once. Resolves to `"repeat"`, without handling it, for a repeat that comes afterwards, and for
   * one that comes while the message is being handled, which waits for the outcome.
   *
   * If `handle` throws or rejects, so does this call, also for the repeats that wait, and the id is given back: answer
   * each with a 5xx, and the sender's next attempt is handled. Rejects with a `TypeError` if there is no id, as for a
   * message verified by kemi's signature alone: all of those would count as one message.
   */
  once(messageId: string, handle: () => unknown): Promise<"handled" | "repeat">;
  /**
   * Takes the id if this is the first time, and tells whether it was. The sender's next attempt has the same id. Throws
   * a `TypeError` if there is no id.
   */
  take(messageId: string): boolean;
  /** Gives the id back if the message could not be handled, so that the sender's next attempt is taken again. */
  release(messageId: string): void;
}

/**
 * Makes a replay guard. Throws a `RangeError` for an option that is unknown or out of its range: accepting it would let
 * replays through.
 */
export function createReplayGuard(options: ReplayGuardOptions = {}): ReplayGuard {
  const unknown = unknownName(options, names);
  if (unknown !== null) throw new RangeError(unknown);
  const { keepSeconds = 600, most = 100_000, now = Date.now } = options;
  checkPositive({ keepSeconds, most });
  /** In the order in which the ids were taken, which is the order in which they end. */
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
      throw new TypeError("messageId must be a string that is not empty");
    const time = now();
    const end = until.get(messageId);
    // Negated, so that a clock whose time is not a number lets nothing through. An id counts until its very end, when a
    // replay still passes the tolerance.
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
