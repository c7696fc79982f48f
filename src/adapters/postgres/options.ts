import { err, ok, type Result } from "neverthrow";
import type { Pool } from "pg";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { unknownName, type NamesOf } from "../../domain/known-names.ts";
import { member } from "../sql/member.ts";

/** What is needed of a node-postgres `Pool`, of whatever version and copy. */
export interface PostgresPool {
  readonly totalCount: number;
  connect(): Promise<unknown>;
  query(query: never): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

interface PostgresCommonOptions {
  /** The schema that the tables are in, made if it is not there; `"hookledger"` if not given. Several may be in one database. */
  readonly schema?: string | undefined;
  /**
   * Whether the connections lead to a pooler that gives each transaction another session, such as PgBouncer in transaction
   * mode. Then nothing is used that needs a session of its own: other processes' messages are found by polling, within a second, and
   * statements are not prepared.
   */
  readonly transactionPooling?: boolean | undefined;
}

/** Connections of hookledger's own. */
export interface PostgresConnectionOptions extends PostgresCommonOptions {
  /** Such as `postgres://user:password@host:5432/database`. */
  readonly connectionString: string;
  /** At most so many connections, 2 or more; 8 if not given. Up to 4 more are opened for what takes long, and closed after it. */
  readonly maxConnections?: number | undefined;
  /**
   * A statement that takes longer than so many milliseconds is given up; 30,000 if not given. Those of migrations, of `verify` and `rebuild`,
   * and of the vacuum that follows an erasure take as long as they take.
   */
  readonly statementTimeoutMs?: number | undefined;
  readonly pool?: never;
}

/** The application's own pool, which stays its to configure and to end. */
export interface PostgresPoolOptions extends PostgresCommonOptions {
  /** With one connection alone (`max: 1`) nobody listens: other processes' messages are found by polling, within a second. */
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

/** JavaScript may pass anything; what breaks a rule is named with the rule. */
export function checkOptions(options: unknown): Result<CheckedOptions, InvalidInput> {
  if (!isGiven(options)) return refused("postgresStorage", "must be given { connectionString } or { pool }", options);
  const unknown = unknownName(options, names);
  if (unknown !== null) return err(unknown);
  const { schema = "hookledger", transactionPooling = false } = options;
  if (typeof schema !== "string" || !schemaName.test(schema) || schema.startsWith("pg_"))
    return refused("schema", "must be 1 to 63 letters, digits and _, not beginning with a digit or pg_", schema);
  // Its tables have names that the application may want for its own.
  if (schema === "public")
    return refused("schema", "must not be public: it is to hold nothing but these tables", schema);
  if (typeof transactionPooling !== "boolean")
    return refused("transactionPooling", "must be true or false", transactionPooling);
  return checkSource(options).map((source) => ({ schema, transactionPooling, source }));
}

function checkSource(options: Given): Result<CheckedOptions["source"], InvalidInput> {
  const { pool, connectionString, maxConnections = 8, statementTimeoutMs = 30_000 } = options;
  if (pool !== undefined) {
    const beside = ownFields.find((field) => options[field] !== undefined);
    if (beside !== undefined)
      return refused(beside, "must not be given beside pool: the pool has its own", options[beside]);
    if (!isPool(pool)) return refused("pool", "must be a Pool of the package pg, not a Client", pool);
    if (isTooOld(pool)) return refused("pool", "must be of the package pg in version 8.21 or newer", pool);
    return ok({ kind: "pool", pool });
  }
  if (typeof connectionString !== "string" || !/^postgres(?:ql)?:\/\//.test(connectionString))
    // Its kind and length are told, not what it says: it holds a password.
    return refused("connectionString", "must begin with postgres://, unless pool is given", connectionString);
  if (!isWhole(maxConnections, 2, MOST_CONNECTIONS))
    return refused("maxConnections", `must be a whole number from 2 to ${MOST_CONNECTIONS}`, maxConnections);
  if (!isWhole(statementTimeoutMs, 1, LONGEST_TIMEOUT_MS))
    return refused("statementTimeoutMs", `must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}`, statementTimeoutMs);
  return ok({ kind: "connectionString", connectionString, maxConnections, statementTimeoutMs });
}

function isGiven(value: unknown): value is Given {
  return typeof value === "object" && value !== null;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
}

/** By what it can do, not by `instanceof`: the application may have another copy of the driver than hookledger. */
function isPool(value: unknown): value is Pool {
  if (typeof value !== "object" || value === null) return false;
  const methods = ["connect", "query", "on", "end"].map((name): unknown => Reflect.get(value, name));
  return methods.every((method) => typeof method === "function") && "totalCount" in value && "idleCount" in value;
}

/** Who listens keeps a connection, and a pool of one would have none left. */
export function hasOneAlone(source: CheckedOptions["source"]): boolean {
  return source.kind === "pool" && Number(member(member(source.pool, "options"), "max")) < 2;
}

/** Since 8.21 a client tells whether it is in a transaction, which is asked before it is given back. */
function isTooOld(pool: object): boolean {
  const client: unknown = Reflect.get(pool, "Client");
  return typeof client === "function" && !("getTransactionStatus" in Object(client.prototype));
}

function refused(field: string, rule: string, received: unknown): Result<never, InvalidInput> {
  return err(invalidInput(field, rule, received));
}
