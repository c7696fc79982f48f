import { readdirSync } from "node:fs";
import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

function newSchema() {
  const schema = temporarySchema();
  onTestFinished(async () => {
    await schema.remove();
  });
  return schema;
}

describe("opening PostgreSQL", () => {
  it("makes the schema once if ten open an empty database at once, and all of them succeed", async () => {
    const { name: schema, query } = newSchema();
    const connectionString = inject("postgresUrl");
    const opened = await Promise.all(Array.from({ length: 10 }, () => openPostgres({ connectionString, schema })));
    for (const storage of opened) {
      expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toEqual([]);
      await valueOf(storage.close());
    }
    const { rows } = await query(
      `select count(*)::int as applied, count(distinct id)::int as migrations from ${schema}.migrations`,
    );
    const known = readdirSync("drizzle/postgres").filter((name) => name.endsWith(".sql")).length;
    expect(rows).toEqual([{ applied: known, migrations: known }]);
  });

  it("several schemas in one database are ledgers of their own", async () => {
    const connectionString = inject("postgresUrl");
    const [one, other] = await Promise.all(
      [newSchema(), newSchema()].map(({ name }) => openPostgres({ connectionString, schema: name })),
    );
    if (one === undefined || other === undefined) throw new Error("two were opened");
    await valueOf(one.checkpoints.lead({ name: "n", owner: "A", now: 0, until: 1000 }, 7));
    expect(await valueOf(other.transfer.checkpoints())).toEqual([]);
    for (const storage of [one, other]) await valueOf(storage.close());
  });

  it("refuses a schema that a newer version has migrated", async () => {
    const { name: schema, query } = newSchema();
    const connectionString = inject("postgresUrl");
    await valueOf((await openPostgres({ connectionString, schema })).close());
    await query(`insert into ${schema}.migrations (id, hash) values (9999999999999, 'later')`);
    const error = await errorOf(postgresStorage({ connectionString, schema }).open());
    expect(error).toMatchObject({ reason: "newer-schema", retryable: false });
    expect(error.message).toContain(schema);
  });

  it("succeeds for a user who may only use the tables, if they are there already", async () => {
    const { name: schema, query } = newSchema();
    const connectionString = inject("postgresUrl");
    await valueOf((await openPostgres({ connectionString, schema })).close());
    const role = `${schema}_user`;
    await query(`create role ${role} login; grant usage on schema ${schema} to ${role};
      grant all on all tables in schema ${schema} to ${role}; grant all on all sequences in schema ${schema} to ${role}`);
    const address = new URL(connectionString);
    address.username = role;
    const storage = await openPostgres({ connectionString: address.href, schema });
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toEqual([]);
    await valueOf(storage.close());
    await query(`drop owned by ${role}; drop role ${role}`);
  });

  it.each([
    ["owns", (schema: string, role: string) => `create schema ${schema} authorization ${role}`],
    [
      "may use and make tables in",
      (schema: string, role: string) => `create schema ${schema}; grant usage, create on schema ${schema} to ${role}`,
    ],
  ] as const)("migrates for a role that may make no schema, if there is one that it %s", async (_, make) => {
    const { name: schema, query } = newSchema();
    const role = `${schema}_owner`;
    await query(`create role ${role} login; ${make(schema, role)}`);
    onTestFinished(async () => {
      await query(`drop owned by ${role} cascade; drop role ${role}`);
    });
    const { href: connectionString } = Object.assign(new URL(inject("postgresUrl")), { username: role });
    const storage = await openPostgres({ connectionString, schema });
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toEqual([]);
    await valueOf(storage.close());
  });

  it("answers `disconnected` if there is no server, and `unreachable` if there is no such database", async () => {
    const nowhere = postgresStorage({ connectionString: "postgres://127.0.0.1:9/app" });
    expect(await errorOf(nowhere.open())).toMatchObject({ reason: "disconnected", retryable: true });
    const address = new URL(inject("postgresUrl"));
    address.pathname = "/no_such_database";
    const missing = postgresStorage({ connectionString: address.href });
    expect(await errorOf(missing.open())).toMatchObject({ reason: "unreachable", retryable: false });
  });

  it("makes new connections for those that the server has ended", async () => {
    const { name: schema, query } = newSchema();
    const storage = await openPostgres({ connectionString: inject("postgresUrl"), schema });
    await valueOf(storage.reader.readAll({ limit: 1 }));
    await query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'hookledger' and query like '%${schema}%'`);
    const again = await storage.reader.readAll({ limit: 1 });
    if (again.isErr()) expect(again.error).toMatchObject({ reason: "disconnected", retryable: true });
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toEqual([]);
    await valueOf(storage.close());
  });

  const url = "postgres://127.0.0.1:9/app";
  const client = new pg.Client();
  const older = Object.assign(new pg.Pool(), { Client: Object });
  it.each<readonly [options: unknown, field: string]>([
    [undefined, "postgresStorage"],
    [{}, "connectionString"],
    [{ connectionString: "mysql://127.0.0.1/app" }, "connectionString"],
    [{ connectionString: url, schema: "public" }, "schema"],
    [{ connectionString: url, schema: "pg_mine" }, "schema"],
    [{ connectionString: url, schema: 'a"b' }, "schema"],
    [{ connectionString: url, maxConnections: 1 }, "maxConnections"],
    [{ connectionString: url, statementTimeoutMs: 0 }, "statementTimeoutMs"],
    [{ connectionString: url, transactionPooling: "yes" }, "transactionPooling"],
    [{ pool: client }, "pool"],
    [{ pool: older }, "pool"],
    [{ pool: new pg.Pool(), connectionString: url }, "connectionString"],
  ])("refuses options that break a rule, by their field: %#, %s", async (options, field) => {
    // @ts-expect-error: JavaScript may pass anything.
    const error = await errorOf(postgresStorage(options).open());
    expect(error).toMatchObject({ type: "InvalidInput", field });
    expect(error.message).not.toContain("mysql://");
  });
});
