import { sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import { err, ok, type Result } from "neverthrow";
import type { MessageStore } from "../../ports/message-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Orm } from "./connection.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/**
 * Vacuums each table by itself, outside a transaction, with its indexes. Left to itself, the server leaves the indexes
 * out if few of a table's pages have old rows, and an erased subject would stay in one.
 */
export function createPurge({ lendForLong, tables }: Session): MessageStore["purge"] {
  const purged = [tables.messages, tables.responses, tables.secrets];
  return () =>
    lendForLong(async ({ orm }) => {
      const permitted = await mayVacuum(orm, purged);
      for (const table of purged) await orm.execute(sql`vacuum (index_cleanup on) ${table}`);
      return permitted;
    });
}

type Purged = Tables["messages" | "responses" | "secrets"];

/**
 * Answers a `StorageError` with the reason `unreachable` if the role may not vacuum a table. The server only skips such
 * a table, with a warning that no client has to be sent, in the server's own language. So this asks as the server does.
 * A role may if it has the rights of the table's owner or of the database's owner or, from version 17 on, if it was
 * granted the right.
 */
async function mayVacuum(orm: Orm, purged: readonly Purged[]): Promise<Result<void, StorageError>> {
  const ids = sql.join(
    purged.map(getTableConfig).map(({ schema, name }) => sql`${`"${schema}"."${name}"`}::regclass`),
    sql`, `,
  );
  const refused = await orm.execute<{ readonly table: string; readonly role: string }>(sql`
    select format('%I.%I', relnamespace::regnamespace, relname) as "table", quote_ident(current_user) as role
    from pg_class where oid in (${ids})
      and not pg_has_role((select datdba from pg_database where datname = current_database()), 'usage')
      and not case when current_setting('server_version_num')::int < 170000
        then pg_has_role(relowner, 'usage') else has_table_privilege(oid, 'maintain') end
    order by relname`);
  const role = refused.rows[0]?.role;
  if (role === undefined) return ok();
  const names = refused.rows.map(({ table }) => table).join(", ");
  const rule = `make it a member of the role that owns them or, from PostgreSQL 17 on, "grant maintain on ${names} to ${role}"`;
  return err(
    storageError("unreachable", `the role ${role} may not vacuum ${names}, so old rows are left there; ${rule}`),
  );
}
