import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { createHash } from "node:crypto";
import { err, ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import type { Opening } from "../../ports/storage.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { noLedger, notApplied, readMigrations, type Migration } from "../sql/migrations.ts";
import type { Orm } from "./connection.ts";
import type { Session } from "./session.ts";

/** The same from src/adapters/postgres and from dist/adapters/postgres. */
const folder = new URL("../../../drizzle/postgres", import.meta.url);

/**
 * Makes the schema and brings it up to date, under an advisory lock: if several processes begin at once, one does it
 * and the others find it done. Looks once before that, so that no lock and no privilege is needed if there is nothing
 * to do. Not done by drizzle's own migrator, which does not look again under the lock and keeps its book outside the
 * schema.
 */
export function migrate(
  session: Session,
  schema: string,
  { mustExist = false }: Opening = {},
): ResultAsync<void, StorageError> {
  return readMigrations(folder, readMigrationFiles).asyncAndThen((known) =>
    session
      .read(() => missing(session.orm, schema, known))
      .andThen((first) =>
        mustExist && first.length === known.length ? err(noLedger(`the schema ${schema}`)) : ok(first),
      )
      .andThen((first) =>
        first.length === 0
          ? okAsync()
          : session.writeForLong(async ({ orm }) => {
              const key = createHash("sha256").update(`hookledger migrations ${schema}`).digest().readBigInt64BE();
              await orm.execute(sql`select pg_advisory_xact_lock(${key.toString()}::bigint)`);
              const rest = await missing(orm, schema, known);
              if (rest.isErr()) return err(rest.error);
              await applyAll(orm, schema, rest.value);
              return ok();
            }),
      ),
  );
}

/** Returns those of `known` that the schema has not had, or an error if it has had others. */
async function missing(
  orm: Orm,
  schema: string,
  known: readonly Migration[],
): Promise<Result<readonly Migration[], StorageError>> {
  // Not by to_regclass, which may answer from what this session remembers from before it waited for the lock.
  const book = await orm.execute(
    sql`select 1 from pg_catalog.pg_tables where schemaname = ${schema} and tablename = 'migrations'`,
  );
  if (book.rows.length === 0) return ok(known);
  const applied = await orm.execute<{ readonly id: string | number | bigint }>(
    sql`select id from ${sql.identifier(schema)}.migrations order by id`,
  );
  return notApplied(
    known,
    applied.rows.map(({ id }) => Number(id)),
    `the schema ${schema}`,
  );
}

async function applyAll(orm: Orm, schema: string, migrations: readonly Migration[]): Promise<void> {
  const name = sql.identifier(schema);
  // By itself, `if not exists` needs the right to make schemas even if it makes none.
  const there = await orm.execute(sql`select 1 from pg_catalog.pg_namespace where nspname = ${schema}`);
  if (there.rows.length === 0) await orm.execute(sql`create schema if not exists ${name}`);
  // The statements name the tables without a schema. The setting ends with the transaction.
  await orm.execute(sql`set local search_path to ${name}`);
  await orm.execute(sql`
    create table if not exists migrations (
      id bigint primary key, hash text not null, applied_at timestamptz not null default now()
    )`);
  for (const { folderMillis, hash, sql: statements } of migrations) {
    for (const statement of statements) await orm.execute(sql.raw(statement));
    await orm.execute(sql`insert into migrations (id, hash) values (${folderMillis}, ${hash})`);
  }
}
