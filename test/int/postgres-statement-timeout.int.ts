import pg from "pg";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

/** Whatever nobody holds up takes less, even on a busy machine. */
const STATEMENT_TIMEOUT_MS = 400;

/** A schema, and a way to hold others up in it. */
async function newSchema() {
  const schema = temporarySchema();
  const holder = new pg.Client({ connectionString: inject("postgresUrl") });
  await holder.connect();
  onTestFinished(async () => {
    await holder.end();
    await schema.remove();
  });
  /** Does `holding` in a transaction, and rolls it back once somebody has waited for it for twice the timeout. */
  async function heldUp<T>(holding: string, ask: () => PromiseLike<T>): Promise<T> {
    await holder.query(`begin; ${holding}`);
    const asked = ask();
    const { rows: holders } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
    await vi.waitFor(async () => {
      const { rows } = await schema.query(
        `select 1 from pg_stat_activity where ${holders[0]?.pid ?? 0} = any(pg_blocking_pids(pid))
          and clock_timestamp() - query_start > interval '${2 * STATEMENT_TIMEOUT_MS} milliseconds'`,
      );
      expect(rows).not.toEqual([]);
    });
    await holder.query("rollback");
    return asked;
  }
  return { name: schema.name, heldUp };
}

describe.each([
  { transactionPooling: false, reason: "timeout" },
  { transactionPooling: true, reason: "disconnected" },
])("a statement timeout on PostgreSQL, with %o", ({ transactionPooling, reason }) => {
  async function opened() {
    const { name: schema, heldUp } = await newSchema();
    const connectionString = inject("postgresUrl");
    await valueOf((await openPostgres({ connectionString, schema })).close());
    const statementTimeoutMs = STATEMENT_TIMEOUT_MS;
    const storage = await openPostgres({ connectionString, schema, statementTimeoutMs, transactionPooling });
    onTestFinished(async () => valueOf(storage.close()));
    return { storage, lock: (table: string) => `lock table ${schema}.${table} in access exclusive mode`, heldUp };
  }

  it("does not end migrations", async () => {
    const { name: schema, heldUp } = await newSchema();
    const options = { connectionString: inject("postgresUrl"), schema, transactionPooling };
    const storage = await heldUp(`create schema ${schema}`, () =>
      openPostgres({ ...options, statementTimeoutMs: STATEMENT_TIMEOUT_MS }),
    );
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toEqual([]);
    await valueOf(storage.close());
  });

  it.each(["verify", "rebuild"] as const)("does not end %s", async (call) => {
    const { storage, lock, heldUp } = await opened();
    const done = await heldUp(lock("webhooks"), () => storage.projections[call]());
    expect(done._unsafeUnwrap()).toMatchObject({ events: 0 });
  });

  it("does not end a purge", async () => {
    const { storage, lock, heldUp } = await opened();
    expect((await heldUp(lock("messages"), () => storage.messages.purge())).isOk()).toBe(true);
  });

  it("ends a read, while a purge beside it goes on", async () => {
    const { storage, lock, heldUp } = await opened();
    const get = () => errorOf(storage.messages.get("m"));
    const [error] = await heldUp(lock("messages"), () => Promise.all([get(), valueOf(storage.messages.purge())]));
    expect(error).toMatchObject({ reason, retryable: true });
  });
});

describe("a timeout of the application's pool on PostgreSQL", () => {
  it.each([
    ["statement_timeout", "verify"],
    ["statement_timeout", "rebuild"],
    // A server has it from version 17 on.
    ["transaction_timeout", "verify"],
    ["transaction_timeout", "rebuild"],
  ] as const)("the %s does not end %s, and stays as it is", async (name, call) => {
    const { name: schema, heldUp } = await newSchema();
    const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
    const setting = `from pg_settings where name = '${name}'`;
    const storage = await openPostgres({ pool, schema });
    await pool.query(`select set_config(name, '${STATEMENT_TIMEOUT_MS}', false) ${setting}`);
    const before = await pool.query(`select setting ${setting}`);
    const lock = `lock table ${schema}.webhooks in access exclusive mode`;
    const done = await heldUp(lock, () => storage.projections[call]());
    expect(done._unsafeUnwrap()).toMatchObject({ events: 0 });
    expect((await pool.query(`select setting ${setting}`)).rows).toEqual(before.rows);
    await valueOf(storage.close());
    await pool.end();
  });
});

it("a purge, a verify and a rebuild leave the statement timeout of the application's pool as it is", async () => {
  const { name: schema } = await newSchema();
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  await pool.query("set statement_timeout = '7s'");
  const storage = await openPostgres({ pool, schema });
  await valueOf(storage.messages.purge());
  await valueOf(storage.projections.verify());
  await valueOf(storage.projections.rebuild());
  expect((await pool.query("show statement_timeout")).rows).toEqual([{ statement_timeout: "7s" }]);
  await valueOf(storage.close());
  await pool.end();
});
