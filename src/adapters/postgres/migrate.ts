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
 * Makes the schema and brings it up to date, under an advisory lock: of several processes that begin at once, one does it and
 * the others find it done. The first look is only to ask for nothing, neither lock nor privilege, when there is nothing to do.
 * Not by drizzle's own migrator, which does not look again under the lock, and keeps its book outside of the schema.
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

/** Those of `known` that the schema has not had; an error if it has had others. */
async function missing(
  orm: Orm,
  schema: string,
  known: readonly Migration[],
): Promise<Result<readonly Migration[], StorageError>> {
  // Not by to_regclass: that may answer from what this session remembers from before it waited for the lock.
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
  // By itself, `if not exists` takes the right to make schemas also where it makes none.
  const there = await orm.execute(sql`select 1 from pg_catalog.pg_namespace where nspname = ${schema}`);
  if (there.rows.length === 0) await orm.execute(sql`create schema if not exists ${name}`);
  // The statements name the tables by themselves. The setting ends with the transaction.
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
