import pg from "pg";
import * as v from "valibot";
import { inject, onTestFinished } from "vitest";
import { uuidV7Ids } from "../../../src/adapters/system/uuid-v7-ids.ts";
import { postgresStorage } from "../../../src/adapters/postgres/index.ts";
import { defineEvents, openHookledger } from "../../../src/index.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { value } from "../open-hooks.ts";
import type { Ids } from "../../../src/ports/ids.ts";
import { temporarySchema } from "./schema.ts";

const url = "http://127.0.0.1:9/hook";
export const event = "order.paid";
const events = defineEvents({
  [event]: v.object({ id: v.number() }),
  never: v.pipeAsync(
    v.null(),
    v.checkAsync(() => new Promise<never>(() => undefined)),
  ),
});
export const paid = (id: number) => ({ event, payload: { id } }) as const;

export class RolledBack extends Error {}

/** An application's pool with a table of orders, and hookledger on the same pool. */
export async function openShop(ids: Ids = uuidV7Ids) {
  const { name: schema, remove } = temporarySchema();
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 8 });
  const http = scriptedHttpClient();
  const open = () =>
    value(
      openHookledger({
        ...{ storage: postgresStorage({ pool, schema }), events, http, ids, network: { allow: ["127.0.0.1"] } },
      }),
    );
  const [hooks, other] = [await open(), await open()];
  onTestFinished(async () => {
    for (const each of [hooks, other]) await value(each.close());
    await pool.end();
    await remove();
  });
  await pool.query(`create table ${schema}.orders (id integer primary key)`);
  await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
  const insert = (client: pg.ClientBase, id: number) => client.query(`insert into ${schema}.orders values ($1)`, [id]);
  const numbers = async (query: string) => (await pool.query<{ id: number }>(query)).rows.map(({ id }) => id);
  const orders = () => numbers(`select id from ${schema}.orders order by 1`);
  const messages = () => numbers(`select (body::json->>'id')::int as id from ${schema}.messages order by 1`);

  /** Commits unless `work` throws. */
  async function transact<T>(work: (client: pg.PoolClient) => Promise<T>, begin = "begin"): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query(begin);
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback");
      throw error;
    } finally {
      client.release();
    }
  }
  return { pool, schema, hooks, other, http, insert, orders, messages, transact };
}
