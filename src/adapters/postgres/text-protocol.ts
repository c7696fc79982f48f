import { sql, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { isObject } from "../../domain/guards.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { member } from "../sql/member.ts";

// Drivers differ in what they make of arrays, 64-bit integers and JSON. So with a driver that is not known here, all
// parameters are text, and all rows come as JSON in one column of text.

/** Writes every parameter as text, which PostgreSQL reads as the type that it is used as. */
export const textDialect = Object.assign(new PgDialect(), { escapeParam: (index: number) => `$${index + 1}::text` });

/** Returns the text from which PostgreSQL reads the value (its manual, 8.15.2, for arrays). */
export function asText(value: unknown): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return `{${value.map(asElement).join(",")}}`;
  if (Buffer.isBuffer(value)) return `\\x${value.toString("hex")}`;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError(`a ${typeof value} cannot be a parameter of a statement`);
}

function asElement(value: unknown): string {
  const text = asText(value);
  return text === null ? "NULL" : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

const BEFORE = "select coalesce(json_agg(r), '[]')::text as result from (";
const AFTER = ") as r";

/** @param query - one that begins with select, or with a `with` that only reads */
export function rowsAsJson(query: string): string {
  return `${BEFORE}${query}${AFTER}`;
}

/** The same for a query that drizzle has not written out yet. */
export function asJson(query: SQL): SQL {
  return sql`${sql.raw(BEFORE)}${query}${sql.raw(AFTER)}`;
}

/** Returns the rows of such a statement from whatever the library answers. */
export function rowsOf(answer: unknown): readonly object[] {
  const [row] = listOf(answer);
  const result = member(row, "result");
  const rows = typeof result === "string" ? parseJson(result).unwrapOr(null) : null;
  if (Array.isArray(rows) && rows.every(isObject)) return rows;
  throw new TypeError(
    "runSql must answer with the statement's rows as objects, or with an object that has them as rows",
  );
}

function listOf(answer: unknown): readonly unknown[] {
  const rows = Array.isArray(answer) ? answer : member(answer, "rows");
  return Array.isArray(rows) ? rows : [];
}
