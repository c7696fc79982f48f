import Driver from "better-sqlite3";
import { randomUUID } from "node:crypto";
import { expect, inject, onTestFinished, vi } from "vitest";
import { queryOnce } from "../postgres/schema.ts";
import { newPath } from "../sqlite-files.ts";

/** An application with a table of orders, in the database where hookledger is. */
export interface Shop {
  /** Where the database is, for `openShared` and for the process that places orders. */
  readonly where: string;
  readonly program: URL;
  /** The ids of the orders, and those in the messages, in order. Call it when no process uses the database any more. */
  read(): Promise<{ readonly orders: readonly string[]; readonly told: readonly string[] }>;
}

export function sqliteShop(): Promise<Shop> {
  const where = newPath();
  const ids = (query: string) => {
    const database = new Driver(where, { readonly: true });
    try {
      return database.prepare<[], string>(query).pluck().all();
    } finally {
      database.close();
    }
  };
  return Promise.resolve({
    where,
    program: new URL("shop.ts", import.meta.url),
    read: () =>
      Promise.resolve({
        orders: ids("select id from orders order by 1"),
        told: ids("select json_extract(body, '$.memory_id') from hookledger_messages order by 1"),
      }),
  });
}

export async function postgresShop(): Promise<Shop> {
  const server = inject("postgresUrl");
  const name = `shop_${randomUUID().replaceAll("-", "")}`;
  await queryOnce(server, `create database ${name}`);
  onTestFinished(async () => {
    await queryOnce(server, `drop database ${name} with (force)`);
  });
  const address = new URL(server);
  address.pathname = `/${name}`;
  const where = address.href;

  const ids = async (text: string) => (await queryOnce<{ id: string }>(where, text)).rows.map(({ id }) => id);
  await queryOnce(where, `create table orders (id text collate "C" primary key)`);

  return {
    where,
    program: new URL("postgres-shop.ts", import.meta.url),
    async read() {
      // The server may still be working on what a killed process had sent.
      await vi.waitFor(async () => expect((await others()).rows).toEqual([]));
      return {
        orders: await ids("select id from orders order by 1"),
        told: await ids(`select (body::json->>'memory_id') collate "C" as id from hookledger.messages order by 1`),
      };
    },
  };

  function others() {
    return queryOnce(
      where,
      "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
  }
}
