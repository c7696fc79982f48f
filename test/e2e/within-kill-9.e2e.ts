import { join } from "node:path";
import Driver from "better-sqlite3";
import { expect, it } from "vitest";
import { readAccount } from "../support/account.ts";
import { startChild } from "../support/child.ts";
import { event, openShared } from "../support/kill-9/settings.ts";
import { temporaryDirectory, value } from "../support/open-hooks.ts";

const ROUNDS = Number(process.env["HOOKLEDGER_KILL_ROUNDS"] ?? 3);
const ORDERS_PER_ROUND = 30;

it("a process is killed in the middle of its transactions: the application's rows and the messages agree exactly", async () => {
  const path = join(temporaryDirectory(), "shop.db");
  const before = await openShared(path);
  await value(before.webhooks.register({ url: "http://127.0.0.1:9/", events: [event] }));
  await value(before.close());

  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = acknowledged.length + ORDERS_PER_ROUND + round;
    await new Promise<void>((resolve, reject) => {
      const shop = startChild(new URL("../support/kill-9/shop.ts", import.meta.url), [path], (id) => {
        acknowledged.push(id);
        if (acknowledged.length === wanted) shop.kill().then(resolve, reject);
      });
      shop.survives.catch(reject);
    });
  }

  const after = await openShared(path);
  const database = new Driver(path, { readonly: true });
  const rows = (query: string) => database.prepare<[], string>(query).pluck().all();
  const orders = rows("select id from orders order by id");
  expect(rows("select json_extract(body, '$.memory_id') from hookledger_messages order by 1")).toEqual(orders);
  expect(orders).toEqual(expect.arrayContaining(acknowledged));
  database.close();
  const { messages, deliveries } = await readAccount(after);
  expect([messages.length, deliveries.length]).toEqual([orders.length, orders.length]);
  expect((await value(after.ledger.verify())).differences).toEqual([]);
  await value(after.close());
}, 120_000);
