import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { copyLedger } from "../../src/index.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";
import { connectionTo, newPath, temporaryDirectory } from "../support/sqlite-files.ts";

const unreachable = { type: "StorageError", reason: "unreachable", retryable: false };

describe("a source that is not there", () => {
  it("is an error that names its path if it is a file, and neither it nor the target is made", async () => {
    const [path, to] = [newPath(), newPath()];
    const error = await failure(copyLedger({ from: sqliteStorage({ path }), to: sqliteStorage({ path: to }) }));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain(path);
    expect([existsSync(path), existsSync(to)]).toEqual([false, false]);
  });

  it("is an error that names its path if the file's folder does not exist", async () => {
    const path = join(temporaryDirectory(), "mistyped", "hooks.db");
    const error = await failure(copyLedger({ from: sqliteStorage({ path }), to: memoryStorage() }));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain(path);
  });

  it.each(["path", "handle"] as const)("leaves the database of somebody else as it is, by %s", async (by) => {
    const path = newPath();
    const database = connectionTo(path);
    database.exec("create table orders (id integer primary key)");
    const before = database.serialize();
    const from = by === "path" ? sqliteStorage({ path }) : sqliteStorage({ database });
    const error = await failure(copyLedger({ from, to: memoryStorage() }));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain("there is no ledger");
    expect(database.serialize().equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(["hooks.db"]);
  });

  it("is an error that names the schema on PostgreSQL, and no schema is made", async () => {
    const { name: schema, query, remove } = temporarySchema();
    onTestFinished(async () => {
      await remove();
    });
    const from = postgresStorage({ connectionString: inject("postgresUrl"), schema });
    const error = await failure(copyLedger({ from, to: memoryStorage() }));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain(schema);
    expect((await query(`select 1 from pg_namespace where nspname = '${schema}'`)).rows).toEqual([]);
  });

  it("is not the same as an empty ledger, which is copied", async () => {
    const from = sqliteStorage({ path: newPath() });
    await value((await openHooks({ storage: from })).close());
    expect(await value(copyLedger({ from, to: memoryStorage() }))).toMatchObject({ events: 0 });
  });

  it("is InvalidInput if it is no storage at all, and so is the target", async () => {
    const storage = memoryStorage();
    for (const [field, given] of Object.entries({ from: { from: {}, to: storage }, to: { from: storage } })) {
      // @ts-expect-error: the types want both.
      expect(await copyLedger(given)).toMatchObject({ error: { type: "InvalidInput", field } });
    }
  });
});
