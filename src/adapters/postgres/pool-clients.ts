import type { Pool, PoolClient } from "pg";

/** A pool's clients, for whoever asks while the application may end the pool. */
export interface PoolClients {
  /**
   * Resolves with a client. If the application ends the pool meanwhile, rejects as the pool does for whoever asks
   * later: `pg` itself never answers who waits then.
   */
  connect(): Promise<PoolClient>;
  /** Takes the listeners back. */
  forget(): void;
}

/** What `pg` says. */
const ENDED = "Cannot use a pool after calling end on the pool";

// Without a listener, an idle connection that the server ends would end the process. The pool replaces the connection.
export const ignore = (): void => undefined;

/**
 * Listens for errors on a new connection until its user does. The server may say that it is ready and end it in the
 * same packet, before whoever waits for it has a turn to listen. By the next turn of the event loop they do.
 */
function listenMeanwhile(client: PoolClient): void {
  client.on("error", ignore);
  setImmediate(() => client.off("error", ignore));
}

/**
 * @param ended - called, perhaps more than once, when the pool is found to be ending. No event tells of that, but an
 * ending pool removes each client that is idle or comes back, and refuses to lend more.
 */
export function clientsOf(pool: Pool, ended: () => void): PoolClients {
  const waiting = new Set<(error: Error) => void>();

  function look(): void {
    if (!pool.ending) return;
    ended();
    for (const refuse of waiting) refuse(new Error(ENDED));
    waiting.clear();
  }

  async function ask(refuse: (error: Error) => void, take: (client: PoolClient) => void): Promise<void> {
    try {
      const client = await pool.connect();
      if (waiting.delete(refuse)) take(client);
      else client.release();
    } catch (thrown) {
      waiting.delete(refuse);
      refuse(thrown instanceof Error ? thrown : new Error("the pool has no client", { cause: thrown }));
      look();
    }
  }

  pool.on("error", ignore).on("connect", listenMeanwhile).on("remove", look);
  return {
    connect: () =>
      new Promise((take, refuse) => {
        waiting.add(refuse);
        void ask(refuse, take);
      }),
    forget: () => void pool.off("error", ignore).off("connect", listenMeanwhile).off("remove", look),
  };
}
