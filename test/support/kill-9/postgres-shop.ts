import { randomInt } from "node:crypto";
import pg from "pg";
import { postgresStorage } from "../../../src/adapters/postgres/index.ts";
import { openHookledger } from "../../../src/index.ts";
import { event } from "./settings.ts";

// A process that places orders, several at once, until it is killed. Each transaction has one row and one message, and
// every third is rolled back. The process prints the ids of the orders that it has committed.
// Usage: postgres-shop.ts <url>
const [connectionString = ""] = process.argv.slice(2);
const AT_ONCE = 4;
const pool = new pg.Pool({ connectionString, max: AT_ONCE + 4 });
const opened = await openHookledger({ storage: postgresStorage({ pool }), network: { allow: ["127.0.0.1"] } });
const hooks = opened._unsafeUnwrap({ withStackTrace: true });

async function place(client: pg.PoolClient, id: string, isKept: boolean): Promise<void> {
  await client.query("begin");
  await client.query("insert into orders values ($1)", [id]);
  const published = await hooks.within(client).publish({ event, payload: { memory_id: id } });
  published._unsafeUnwrap({ withStackTrace: true });
  await client.query(isKept ? "commit" : "rollback");
  if (isKept) console.log(id);
}

async function sell(till: number): Promise<never> {
  const client = await pool.connect();
  for (let number = 1; ; number += 1)
    await place(client, `${process.pid}-${till}-${number}-${randomInt(2 ** 31)}`, number % 3 !== 0);
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, till) => sell(till)));
