import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { copyLedger } from "../../src/index.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

const unreachable = { type: "StorageError", reason: "unreachable", retryable: false };

describe("a source that is not there", () => {
  it("as a file, is an error that names the path; neither it nor the target is made", async () => {
    const [path, to] = [newPath(), newPath()];
    const error = await failure(copyLedger({ from: sqliteStorage({ path }), to: sqliteStorage({ path: to }) }));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain(path);
    expect([existsSync(path), existsSync(to)]).toEqual([false, false]);
  });

  it("as a file in a folder that is not there, is one as well", async () => {
    const path = join(dirname(newPath()), "mistyped", "hooks.db");
    const error = await failure(copyLedger({ from: sqliteStorage({ path }), to: memoryStorage() }));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain(path);
  });

  it.each(["path", "handle"] as const)("in a database of somebody else's, by %s, leaves that as it is", async (by) => {
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

  it("in PostgreSQL, is an error that names the schema, which is not made", async () => {
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

  it("is not one that has a ledger with nothing in it", async () => {
    const from = sqliteStorage({ path: newPath() });
    await value((await openHooks({ storage: from })).close());
    expect(await value(copyLedger({ from, to: memoryStorage() }))).toMatchObject({ events: 0 });
  });

  it("is InvalidInput where it is no storage at all, and so is the target", async () => {
    const storage = memoryStorage();
    for (const [field, given] of Object.entries({ from: { from: {}, to: storage }, to: { from: storage } })) {
      // @ts-expect-error: the types want both.
      expect(await copyLedger(given)).toMatchObject({ error: { type: "InvalidInput", field } });
    }
  });
});
