import { err, ok, type Result } from "neverthrow";
import type { Pool } from "pg";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { unknownName, type NamesOf } from "../../domain/known-names.ts";
import { isPool, isTooOld } from "./known-pool.ts";

/** What hookledger needs of a node-postgres `Pool` (pg 8.21 or newer), from any copy of the package. */
export interface PostgresPool {
  readonly totalCount: number;
  connect(): Promise<unknown>;
  query(query: never): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

interface PostgresCommonOptions {
  /** The schema of the tables; `"hookledger"` by default. Made if it is not there. One database may hold several. */
  readonly schema?: string | undefined;
  /**
   * Whether a pooler such as PgBouncer in transaction mode gives each transaction another session; false by default.
   * hookledger then uses nothing that needs a session: it finds other processes' messages by polling, within a second,
   * and prepares no statements.
   */
  readonly transactionPooling?: boolean | undefined;
}

/** Options for connections that hookledger opens itself. */
export interface PostgresConnectionOptions extends PostgresCommonOptions {
  /** The database's URL, such as `postgres://user:password@host:5432/database`. */
  readonly connectionString: string;
  /**
   * The most connections, 2 to 1000; 8 by default. Up to 4 more are opened for long operations, and closed after them.
   */
  readonly maxConnections?: number | undefined;
  /**
   * The milliseconds after which a statement is given up; 30,000 by default. The statements of migrations, `verify`,
   * `rebuild` and the vacuum after an erasure take as long as they take.
   */
  readonly statementTimeoutMs?: number | undefined;
  readonly pool?: never;
}

/** Options for the application's own pool. The application configures it and ends it. */
export interface PostgresPoolOptions extends PostgresCommonOptions {
  /**
   * With a `max` of 1 or 2, hookledger does not listen: it finds other processes' messages by polling, within a second.
   */
  readonly pool: PostgresPool;
  readonly connectionString?: never;
  readonly maxConnections?: never;
  readonly statementTimeoutMs?: never;
}

export type PostgresStorageOptions = PostgresConnectionOptions | PostgresPoolOptions;

const names: NamesOf<PostgresStorageOptions> = {
  schema: true,
  transactionPooling: true,
  connectionString: true,
  maxConnections: true,
  statementTimeoutMs: true,
  pool: true,
};

export interface CheckedOptions {
  readonly schema: string;
  readonly transactionPooling: boolean;
  readonly source:
    | { readonly kind: "pool"; readonly pool: Pool }
    | {
        readonly kind: "connectionString";
        readonly connectionString: string;
        readonly maxConnections: number;
        readonly statementTimeoutMs: number;
      };
}

type Given = Partial<typeof names>;

const ownFields = ["connectionString", "maxConnections", "statementTimeoutMs"] as const;
const schemaName = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const MOST_CONNECTIONS = 1000;
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** Checks the options, since JavaScript may pass anything. The error names the field and the rule that it breaks. */
export function checkOptions(options: unknown): Result<CheckedOptions, InvalidInput> {
  if (typeof options !== "object" || options === null)
    return refused("postgresStorage", "must be given { connectionString } or { pool }", options);
  const unknown = unknownName(options, names);
  if (unknown !== null) return err(unknown);
  const { schema = "hookledger", transactionPooling = false }: Given = options;
  if (typeof schema !== "string" || !schemaName.test(schema) || schema.startsWith("pg_"))
    return refused("schema", "must be 1 to 63 letters, digits and _, not beginning with a digit or pg_", schema);
  // hookledger's tables have names that the application may want for its own.
  if (schema === "public")
    return refused("schema", "must not be public: it must hold nothing but hookledger's tables", schema);
  if (typeof transactionPooling !== "boolean")
    return refused("transactionPooling", "must be true or false", transactionPooling);
  return checkSource(options).map((source) => ({ schema, transactionPooling, source }));
}

function checkSource(options: Given): Result<CheckedOptions["source"], InvalidInput> {
  const { pool, connectionString, maxConnections = 8, statementTimeoutMs = 30_000 } = options;
  if (pool !== undefined) {
    const beside = ownFields.find((field) => options[field] !== undefined);
    if (beside !== undefined)
      return refused(beside, "must not be given together with pool, which has its own", options[beside]);
    if (!isPool(pool)) return refused("pool", "must be a Pool of the package pg, not a Client", pool);
    if (isTooOld(pool)) return refused("pool", "must come from the package pg, version 8.21 or newer", pool);
    return ok({ kind: "pool", pool });
  }
  if (typeof connectionString !== "string" || !/^postgres(?:ql)?:\/\//.test(connectionString))
    // The error tells the value's kind and length, never the text, which holds a password.
    return refused("connectionString", "must begin with postgres://, unless pool is given", connectionString);
  if (!isWhole(maxConnections, 2, MOST_CONNECTIONS))
    return refused("maxConnections", `must be a whole number from 2 to ${MOST_CONNECTIONS}`, maxConnections);
  if (!isWhole(statementTimeoutMs, 1, LONGEST_TIMEOUT_MS))
    return refused(
      "statementTimeoutMs",
      `must be a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT_MS}`,
      statementTimeoutMs,
    );
  return ok({ kind: "connectionString", connectionString, maxConnections, statementTimeoutMs });
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
}

function refused(field: string, rule: string, received: unknown): Result<never, InvalidInput> {
  return err(invalidInput(field, rule, received));
}
