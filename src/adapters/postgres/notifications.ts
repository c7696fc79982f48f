import { createHash, randomUUID } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import type { PoolClient } from "pg";
import type { Connections } from "./connections.ts";
import { statement } from "./statement.ts";

/**
 * Tells the workers of other processes at once that there is something for them. Nothing depends on it: whoever is not
 * told looks within a second.
 */
export interface Notifications {
  /** For a statement in a transaction: tells everybody, this process too, when that transaction commits. */
  readonly whenCommitted: SQL;
  /**
   * Tells the other processes soon. Not in a transaction that writes, since the server commits those that notify one by
   * one.
   */
  tell(): void;
  /** Begins to listen, on a connection that is kept for it. */
  begin(): void;
  onTold(listener: () => void): void;
  /** Gives the connection back. Nothing is told or heard from then on. */
  close(): Promise<void>;
}

export interface Notifying {
  /** Whether a connection is a session of its own. */
  readonly tells: boolean;
  /** Whether a connection can be kept for listening as well. */
  readonly listens: boolean;
}

/** The pause before the next try to listen. */
const PAUSE_MS = 1000;

export function createNotifications(
  connections: Pick<Connections, "keep" | "lend">,
  schema: string,
  { tells, listens }: Notifying,
): Notifications {
  // A channel's name may be no longer than a table's, and the schema's alone may be as long.
  const channel = `hookledger_${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`;
  const self = randomUUID();
  const notify = statement("notify", sql`select pg_notify(${channel}, ${self})`);
  const listeners: (() => void)[] = [];
  let client: Promise<PoolClient> | null = null;
  let telling: Promise<unknown> | null = null;
  let hasMoreToTell = false;
  let closed = false;
  let closing: Promise<void> | null = null;

  function told(): void {
    for (const listener of listeners) listener();
  }

  async function listen(): Promise<PoolClient> {
    const kept = await connections.keep();
    let isListening = false;
    kept.on("notification", ({ payload }) => {
      if (payload !== self) told();
    });
    const lost = () => {
      if (!isListening || closed) return;
      isListening = false;
      client = null;
      kept.release(true);
      listenLater();
    };
    kept.on("error", lost);
    kept.on("end", lost);
    try {
      await kept.query(`listen ${channel}`);
    } catch (thrown) {
      // Some servers and standbys take no LISTEN. If the connection were not given back, each try would cost one.
      kept.release(true);
      throw thrown;
    }
    isListening = true;
    return kept;
  }

  function listenLater(): void {
    setTimeout(begin, PAUSE_MS).unref();
  }

  function begin(): void {
    if (!listens || closed || client !== null) return;
    const listening = listen();
    client = listening;
    // Something may have been told before it listened.
    listening.then(told, () => {
      if (client === listening) client = null;
      if (!closed) listenLater();
    });
  }

  /**
   * Ends in the turn in which it finds nothing more to tell. If it ended a turn later, what comes in between would wait
   * for it, and never be told.
   */
  async function tellAll(): Promise<void> {
    try {
      while (hasMoreToTell && !closed) {
        hasMoreToTell = false;
        await connections.lend((connection) => connection.run(notify, {}));
      }
    } finally {
      telling = null;
    }
  }

  async function close(): Promise<void> {
    closed = true;
    await telling;
    const kept = await client?.catch(() => null);
    // If it were lent to others, it would go on listening.
    kept?.release(true);
  }

  return {
    whenCommitted: sql`pg_notify(${channel}, '')`,
    tell() {
      if (!tells) return;
      hasMoreToTell = true;
      // A failure is told to nobody, since nobody asked.
      telling ??= tellAll().catch(() => undefined);
    },
    begin,
    onTold: (listener) => void listeners.push(listener),
    close: () => (closing ??= close()),
  };
}
