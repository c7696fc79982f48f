import { is } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createDeliveryQueue } from "../../src/adapters/sqlite/delivery-queue.ts";
import * as projected from "../../src/adapters/sqlite/projected-tables.ts";
import * as schema from "../../src/adapters/sqlite/schema.ts";
import { createSession } from "../../src/adapters/sqlite/session.ts";
import { createWriteBuffers } from "../../src/adapters/sqlite/write-buffers.ts";
import { migrated, temporaryDirectory } from "../support/sqlite-files.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const tables = Object.values({ ...schema, ...projected }).filter((member) => is(member, SQLiteTable));

describe("the schema", () => {
  it("has the declared tables and no others, all of them STRICT", async () => {
    const database = await migrated();
    const found = database.prepare("select name, strict from pragma_table_list where name like 'hookledger%'").all();
    const names = [...tables.map((table) => getTableConfig(table).name), "hookledger_migrations"];
    expect(new Set(found)).toEqual(new Set(names.map((name) => ({ name, strict: 1 }))));
  });

  it.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    "the migrations make %s with the columns and indexes of the schema",
    async (name, table) => {
      const database = await migrated();
      const { columns, indexes, uniqueConstraints } = getTableConfig(table);
      const made = database.prepare('select name, lower(type) as type, "notnull" from pragma_table_info(?)').all(name);
      expect(made).toEqual(
        columns.map((column) => ({ name: column.name, type: column.getSQLType(), notnull: Number(column.notNull) })),
      );
      const indexNames = database.prepare("select name from pragma_index_list(?) where origin = 'c'").pluck().all(name);
      const expected = [
        ...indexes.map(({ config }) => config.name),
        ...uniqueConstraints.map((unique) => unique.getName()),
      ];
      expect(new Set(indexNames)).toEqual(new Set(expected));
    },
  );

  it("declares positions AUTOINCREMENT, so that none is given twice", async () => {
    const database = await migrated();
    const { sql } =
      database.prepare<[], { sql: string }>("select sql from sqlite_master where name = 'hookledger_events'").get() ??
      {};
    expect(sql).toMatch(/AUTOINCREMENT/);
  });

  it("drizzle-kit finds nothing in the schema that the migrations lack", () => {
    const folder = temporaryDirectory();
    cpSync(join(repository, "drizzle", "sqlite"), join(folder, "sqlite"), { recursive: true });
    const files = ["schema.ts", "projected-tables.ts"].map((file) => join(repository, "src/adapters/sqlite", file));
    const config = { dialect: "sqlite", schema: files, out: "./sqlite" };
    writeFileSync(join(folder, "drizzle.config.json"), JSON.stringify(config));
    const before = readdirSync(join(folder, "sqlite"));
    const drizzleKit = join(repository, "node_modules", "drizzle-kit", "bin.cjs");
    execFileSync(process.execPath, [drizzleKit, "generate", "--config", "drizzle.config.json"], { cwd: folder });
    expect(readdirSync(join(folder, "sqlite"))).toEqual(before);
  });
});

describe("the delivery engine", () => {
  it("finds its rows by indexes, and never scans a table", async () => {
    const database = await migrated();
    const prepared: string[] = [];
    const connection = {
      database,
      orm: drizzle({ client: database }),
      prepare: <Row>(source: string) => {
        prepared.push(source);
        return database.prepare<unknown[], Row>(source);
      },
      owned: false,
      joined: { isPending: false },
      busyTimeoutMs: null,
      file: null,
      openReader: null,
      checkpointer: null,
    };
    const session = createSession(connection);
    createDeliveryQueue(session, createWriteBuffers(session));
    const plans = prepared
      .filter((source) => !source.startsWith("insert"))
      .map((source) => {
        const parameters = source.split("?").slice(1);
        const plan = database.prepare<unknown[], { detail: string }>(`explain query plan ${source}`);
        return plan.all(...parameters.map(() => "[]")).map(({ detail }) => detail);
      });
    expect(plans.length).toBeGreaterThan(9);
    expect(plans.flat().filter((detail) => /SCAN hookledger_/.test(detail))).toEqual([]);
    const uses = (index: string) => plans.flat().some((detail) => detail.includes(index));
    expect(uses("hookledger_deliveries_due (webhook_id=? AND next_attempt_at<?)")).toBe(true);
    expect(uses("hookledger_queues_turn (turn_at<?)")).toBe(true);
  });
});
