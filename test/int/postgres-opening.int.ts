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
  it("ten at once on a database that has nothing yet: one makes the schema, all find it", async () => {
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

  it("a schema that a newer version has migrated is refused, and left as it is", async () => {
    const { name: schema, query } = newSchema();
    const connectionString = inject("postgresUrl");
    await valueOf((await openPostgres({ connectionString, schema })).close());
    await query(`insert into ${schema}.migrations (id, hash) values (9999999999999, 'later')`);
    const error = await errorOf(postgresStorage({ connectionString, schema }).open());
    expect(error).toMatchObject({ reason: "newer-schema", retryable: false });
    expect(error.message).toContain(schema);
  });

  it("a user who may only use the tables opens what is there already", async () => {
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
  ] as const)("a role that may make no schema migrates one that is there, which it %s", async (_, make) => {
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

  it("a server that is not there is `disconnected`, a database that is not there `unreachable`", async () => {
    const nowhere = postgresStorage({ connectionString: "postgres://127.0.0.1:9/app" });
    expect(await errorOf(nowhere.open())).toMatchObject({ reason: "disconnected", retryable: true });
    const address = new URL(inject("postgresUrl"));
    address.pathname = "/no_such_database";
    const missing = postgresStorage({ connectionString: address.href });
    expect(await errorOf(missing.open())).toMatchObject({ reason: "unreachable", retryable: false });
  });

  it("connections that the server ends are made anew", async () => {
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
  ])("options that break a rule are refused by their field: %#, %s", async (options, field) => {
    // @ts-expect-error: JavaScript may pass anything.
    const error = await errorOf(postgresStorage(options).open());
    expect(error).toMatchObject({ type: "InvalidInput", field });
    expect(error.message).not.toContain("mysql://");
  });
});
