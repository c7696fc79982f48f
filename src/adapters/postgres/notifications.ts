import { createHash, randomUUID } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import type { PoolClient } from "pg";
import type { Connections } from "./connections.ts";
import { statement } from "./statement.ts";

/**
 * Tells the workers of other processes at once that there is something for them. Nothing depends on it: who is not told looks for
 * himself within a second.
 */
export interface Notifications {
  /** Of a statement in a transaction: tells everybody, this process too, when that commits. */
  readonly whenCommitted: SQL;
  /** Tells the other processes soon. Not in a transaction that writes: the server commits those that notify one by one. */
  tell(): void;
  /** Begins to listen, on a connection that is kept for it. */
  begin(): void;
  onTold(listener: () => void): void;
  close(): Promise<void>;
}

export interface Notifying {
  /** Whether a connection is a session of its own. */
  readonly tells: boolean;
  /** Whether there is one to be kept for it as well. */
  readonly listens: boolean;
}

/** Between two tries to listen again. */
const PAUSE_MS = 1000;

export function createNotifications(
  connections: Pick<Connections, "keep" | "lend">,
  schema: string,
  { tells, listens }: Notifying,
): Notifications {
  // The names of channels are as long as those of tables at the most, and a schema's may be as long.
  const channel = `hookledger_${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`;
  const self = randomUUID();
  const notify = statement("notify", sql`select pg_notify(${channel}, ${self})`);
  const listeners: (() => void)[] = [];
  let client: Promise<PoolClient> | null = null;
  let telling: Promise<unknown> | null = null;
  let hasMoreToTell = false;
  let again: NodeJS.Timeout | null = null;
  let closed = false;

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
      // Some servers and standbys take no LISTEN: what is not given back would be one connection less at each try.
      kept.release(true);
      throw thrown;
    }
    isListening = true;
    return kept;
  }

  function listenLater(): void {
    again = setTimeout(begin, PAUSE_MS);
    again.unref();
  }

  function begin(): void {
    if (!listens || closed || client !== null) return;
    const listening = listen();
    client = listening;
    // Something may have been told meanwhile.
    listening.then(told, () => {
      if (client === listening) client = null;
      if (!closed) listenLater();
    });
  }

  /** It is over in the turn in which it finds no more to tell: who comes a turn later would wait for it, and not be told of. */
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

  return {
    whenCommitted: sql`pg_notify(${channel}, '')`,
    tell() {
      if (!tells) return;
      hasMoreToTell = true;
      // Nobody has asked for it and could be told, whatever keeps it from being done.
      telling ??= tellAll().catch(() => undefined);
    },
    begin,
    onTold: (listener) => void listeners.push(listener),
    async close() {
      closed = true;
      if (again !== null) clearTimeout(again);
      await telling;
      const kept = await client?.catch(() => null);
      // It would go on to listen, if it was lent to others.
      kept?.release(true);
    },
  };
}
