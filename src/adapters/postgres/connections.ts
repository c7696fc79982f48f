import { drizzle } from "drizzle-orm/node-postgres";
import pg, { type Pool, type PoolClient } from "pg";
import { connectionOver, type Lend, type Orm } from "./connection.ts";
import { mapError } from "./map-error.ts";
import type { CheckedOptions } from "./options.ts";
import { clientsOf, ignore, type PoolClients } from "./pool-clients.ts";
import { shareConnection } from "./shared-connection.ts";

export interface Connections {
  readonly orm: Orm;
  /** Lends a connection and takes it back when `work` is over. One left in a transaction, or read-only, is ended. */
  readonly lend: Lend;
  /** Lends the same connection to several at once, for work that must follow other work. */
  readonly lendShared: Lend;
  /**
   * As `lend`, without the statement timeout. The application's pool keeps its own, unless a transaction sets another.
   */
  readonly lendForLong: Lend;
  /** Hands over a connection that nobody else gets. Whoever has it ends it. */
  keep(): Promise<PoolClient>;
  /**
   * Calls the listener, perhaps more than once, when the application has ended its pool before it closed hookledger.
   */
  onEnded(listener: () => void): void;
  close(): Promise<void>;
}

/** The status outside any transaction (PostgreSQL's protocol, ReadyForQuery). */
const IDLE = "I";

export function connectionsOf({ source, transactionPooling }: CheckedOptions): Connections {
  const [pool, patient] =
    source.kind === "pool"
      ? [source.pool, source.pool]
      : [poolOf(source, timeoutOf(source, transactionPooling)), poolOf(source, PATIENT)];
  const listeners: (() => void)[] = [];
  const ended = () => listeners.forEach((listener) => listener());
  const clients = clientsOf(pool, ended);
  const patientClients = patient === pool ? clients : clientsOf(patient, ended);

  const lender =
    (from: PoolClients): Lend =>
    async (work) => {
      const client = await from.connect();
      client.on("error", ignore);
      const connection = connectionOver(client, !transactionPooling);
      let isOfNoUse = false;
      try {
        return await work(connection);
      } catch (thrown) {
        isOfNoUse = ["disconnected", "read-only"].includes(mapError(thrown)?.reason ?? "");
        throw thrown;
      } finally {
        // What is still under way after a failure would run among the next user's statements.
        await connection.answered();
        client.off("error", ignore);
        client.release(isOfNoUse || !isIdle(client));
      }
    };

  const lend = lender(clients);
  return {
    orm: drizzle({ client: pool }),
    lend,
    lendShared: shareConnection(lend, () => pool.waitingCount > 0),
    lendForLong: lender(patientClients),
    keep: clients.connect,
    onEnded: (listener) => void listeners.push(listener),
    async close() {
      if (source.kind === "pool") clients.forget();
      else await Promise.all([pool, patient].map((each) => each.end()));
    },
  };
}

/** Tells whether the client is outside any transaction. One that does not say is not lent again. */
function isIdle(client: PoolClient): boolean {
  return "getTransactionStatus" in client && client.getTransactionStatus() === IDLE;
}

type OwnSource = Extract<CheckedOptions["source"], { kind: "connectionString" }>;

/** Long operations are rare: few at a time, on connections that are closed when they come back. */
const PATIENT: pg.PoolConfig = { max: 4, maxUses: 1 };

/** How much longer the driver waits than the server, whose own timeout is to come first. */
const GRACE_MS = 5000;
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Returns the timeouts of server and driver. A server that has fallen silent times nothing out, so the driver does, and
 * the connection is ended. A pooler refuses a connection that asks for a parameter it does not know, so behind a pooler
 * only the driver's timeout is set.
 */
function timeoutOf({ statementTimeoutMs }: OwnSource, transactionPooling: boolean): pg.PoolConfig {
  if (transactionPooling) return { query_timeout: statementTimeoutMs };
  const query_timeout = Math.min(statementTimeoutMs + GRACE_MS, LONGEST_TIMER_MS);
  return { statement_timeout: statementTimeoutMs, query_timeout };
}

function poolOf({ connectionString, maxConnections }: OwnSource, others: pg.PoolConfig): Pool {
  return new pg.Pool({
    connectionString,
    max: maxConnections,
    application_name: "hookledger",
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    // A connection that waits for notifications has asked for nothing, so nothing else tells that the server is gone.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    ...others,
  });
}
