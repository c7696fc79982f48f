import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import { notApplied, readMigrations, type Migration } from "../sql/migrations.ts";
import { FIND_MIGRATIONS } from "./connection.ts";
import type { Session } from "./session.ts";

/** The same path from src/adapters/sqlite and from dist/adapters/sqlite. */
const folder = new URL("../../../drizzle/sqlite", import.meta.url);

/**
 * Brings the schema up to date. It does not use drizzle's own migrator, for two reasons. That one looks before it
 * begins its transaction, so two processes on a new file would both create the tables. And it keeps its book in
 * `__drizzle_migrations`, which may be the application's. The first look here only serves to leave the database alone,
 * unlocked and perhaps read-only, when there is nothing to do.
 */
export function migrate(session: Session): ResultAsync<void, StorageError> {
  return readMigrations(folder, readMigrationFiles).asyncAndThen((known) =>
    session
      .read(() => missing(session, known))
      .andThen((first) =>
        first.length === 0
          ? okAsync()
          : session.write(() => missing(session, known).map((rest) => applyAll(session, rest))),
      ),
  );
}

/** Returns those of `known` that the database has not had; an error if it has had others. */
function missing({ orm }: Session, known: readonly Migration[]): Result<readonly Migration[], StorageError> {
  if (orm.get(sql.raw(FIND_MIGRATIONS)) === undefined) return ok(known);
  const applied = orm
    .all<{ readonly id: number }>(sql`select id from hookledger_migrations order by id`)
    .map(({ id }) => id);
  return notApplied(known, applied, "this database");
}

function applyAll({ orm }: Session, migrations: readonly Migration[]): void {
  orm.run(sql`
    create table if not exists hookledger_migrations (
      id integer primary key not null, hash text not null, applied_at integer not null
    ) strict`);
  for (const { folderMillis, hash, sql: statements } of migrations) {
    for (const statement of statements) orm.run(sql.raw(statement));
    orm.run(sql`
      insert into hookledger_migrations (id, hash, applied_at)
      values (${folderMillis}, ${hash}, cast(unixepoch('subsec') * 1000 as integer))`);
  }
}
