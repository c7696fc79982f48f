import { fillPlaceholders, sql, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { createHash } from "node:crypto";
import type { CustomTypesConfig } from "pg";
import { asJson, textDialect } from "./text-protocol.ts";

export type SqlCell = string | number | boolean | Buffer | null;
export type SqlValue = SqlCell | readonly SqlCell[];
export type SqlValues = Readonly<Record<string, SqlValue>>;

/** A statement of the delivery engine: drizzle writes it once, the driver runs it. */
export interface Statement<Row extends object> {
  /** The name under which the server keeps it prepared. */
  readonly name: string;
  readonly text: string;
  values(named: SqlValues): unknown[];
  /** The text for a driver that is not known here: parameters are text, and rows come as JSON. */
  asTextOnly(): string;
  /** Tells the compiler what a row is. The server has made it so. */
  isRow(row: object): row is Row;
}

const dialect = new PgDialect();

/**
 * Makes a statement of a query.
 *
 * @param purpose - a word of its name, for whoever looks into `pg_prepared_statements`; the rest of the name tells
 * apart the statements of several schemas, and of several versions of this package, that share a pool
 * @param writes - a `with` that writes before the query, which may look at what it returns
 */
export function statement<Row extends object>(purpose: string, query: SQL, writes = sql``): Statement<Row> {
  const { sql: text, params } = dialect.sqlToQuery(sql`${writes} ${query}`);
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  let textOnly: string | null = null;
  return {
    name: `hookledger ${purpose} ${digest}`,
    text,
    values: (named) => fillPlaceholders(params, named),
    isRow: (_row): _row is Row => true,
    asTextOnly: () => (textOnly ??= textDialect.sqlToQuery(sql`${writes} ${asJson(query)}`).sql),
  };
}

/** Parsers by the object ids of the types: boolean, bigint, smallint, integer. All integers are far below 2^53. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === "t"],
  [20, Number],
  [21, Number],
  [23, Number],
]);

/** Overrides whatever parsers the application has set on its driver. All other types are text. */
export const plainTypes: CustomTypesConfig = { getTypeParser: (oid: number) => parsers.get(oid) ?? String };
