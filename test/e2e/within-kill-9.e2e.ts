import { expect, it } from "vitest";
import { readAccount } from "../support/account.ts";
import { startChild } from "../support/child.ts";
import { event, openShared } from "../support/kill-9/settings.ts";
import { postgresShop, sqliteShop } from "../support/kill-9/shops.ts";
import { value } from "../support/open-hooks.ts";

const ROUNDS = Number(process.env["HOOKLEDGER_KILL_ROUNDS"] ?? 3);
const ORDERS_PER_ROUND = 30;

it.each([
  { name: "SQLite", open: sqliteShop },
  { name: "PostgreSQL", open: postgresShop },
])(
  "when a process is killed during its transactions on $name, the application's rows and the messages agree",
  async ({ open }) => {
    const shop = await open();
    const before = await openShared(shop.where);
    await value(before.webhooks.register({ url: "http://127.0.0.1:9/", events: [event] }));
    await value(before.close());

    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const wanted = acknowledged.length + ORDERS_PER_ROUND + round;
      await new Promise<void>((resolve, reject) => {
        const child = startChild(shop.program, [shop.where], (id) => {
          acknowledged.push(id);
          if (acknowledged.length === wanted) child.kill().then(resolve, reject);
        });
        child.survives.catch(reject);
      });
    }

    const { orders, told } = await shop.read();
    expect(told).toEqual(orders);
    expect(orders).toEqual(expect.arrayContaining(acknowledged));
    const after = await openShared(shop.where);
    const { messages, deliveries } = await readAccount(after);
    expect([messages.length, deliveries.length]).toEqual([orders.length, orders.length]);
    expect((await value(after.ledger.verify())).differences).toEqual([]);
    await value(after.close());
  },
  120_000 + 60_000 * ROUNDS,
);
