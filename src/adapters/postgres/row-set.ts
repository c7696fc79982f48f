import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { SqlCell, SqlValue, SqlValues } from "./statement.ts";

/** Any number of rows as the parameters of one statement: an array for each column. */
export interface RowSet<Name extends string> {
  /** What to select from. Its columns have the names of the table's. */
  readonly source: SQL;
  /** The names of the columns, for the list of an insert. */
  readonly columns: SQL;
  values(rows: readonly Readonly<Record<Name, SqlCell>>[]): SqlValues;
}

/**
 * @param prefix - the prefix of the parameters' names, and the alias of the source
 * @param extra - columns that the table does not have, with their types
 */
export function rowSet<const Name extends string>(
  prefix: string,
  table: PgTable,
  names: readonly Name[],
  extra: Readonly<Record<string, string>> = {},
): RowSet<Name> {
  const columns = names.map((name) => {
    const column = getTableColumns(table)[name];
    // A column's collation is no part of its type.
    const type = extra[name] ?? column?.getSQLType().replace(/ collate .*/i, "") ?? "text";
    return { name, parameter: `${prefix}.${name}`, type, identifier: sql.identifier(column?.name ?? name) };
  });
  const arrays = columns.map(({ parameter, type }) => sql`${sql.placeholder(parameter)}::${sql.raw(type)}[]`);
  const list = sql.join(
    columns.map(({ identifier }) => identifier),
    sql`, `,
  );
  return {
    source: sql`unnest(${sql.join(arrays, sql`, `)}) as ${sql.identifier(prefix)}(${list})`,
    columns: list,
    values: (rows) =>
      Object.fromEntries(
        columns.map(({ name, parameter }): [string, SqlValue] => [parameter, rows.map((row) => row[name])]),
      ),
  };
}
