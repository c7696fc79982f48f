import type Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { createBacklog } from "../../src/adapters/sqlite/backlog.ts";
import { createDeliveryPages } from "../../src/adapters/sqlite/delivery-pages.ts";
import type { DeliveryFilter } from "../../src/ports/delivery-read-model.ts";
import { migrated } from "../support/sqlite-files.ts";

/** What `make` prepares, and where each statement finds its rows. */
function plansOf(database: Database.Database, make: () => unknown): readonly (readonly string[])[] {
  const prepare = vi.spyOn(database, "prepare");
  make();
  const sources = prepare.mock.calls.map(([source]) => source);
  return sources.map((source) => {
    const parameters = source.split("?").slice(1);
    const plan = database.prepare<unknown[], { detail: string }>(`explain query plan ${source}`);
    const details = plan.all(...parameters.map(() => "[]")).map(({ detail }) => detail);
    return details.filter((detail) => /hookledger|TEMP B-TREE/.test(detail));
  });
}

describe("a page of deliveries", () => {
  const one = "SEARCH hookledger_deliveries USING PRIMARY KEY (delivery_id=?)";
  const byId = "SEARCH hookledger_deliveries USING PRIMARY KEY (delivery_id>? AND delivery_id<?)";
  const between = "delivery_id>? AND delivery_id<?";
  const along = (index: string) => `SEARCH hookledger_deliveries USING COVERING INDEX hookledger_deliveries_${index}`;
  const due = "hookledger_deliveries USING COVERING INDEX hookledger_deliveries_due";
  const sort = "USE TEMP B-TREE FOR ORDER BY";
  const exhausted = along(`ended (state=? AND ${between})`);
  const ofMessage = along(`message (message_id=? AND ${between})`).replace("COVERING ", "");
  const ofWebhook = along(`webhook_ended (webhook_id=? AND state=? AND ${between})`);

  it.each<readonly [DeliveryFilter, readonly string[]]>([
    [{ limit: 5 }, [byId]],
    [{ limit: 5, states: ["delivered"] }, [byId]],
    [{ limit: 5, states: ["exhausted"] }, [exhausted]],
    [{ limit: 5, states: ["pending"] }, [`SCAN ${due}`, sort]],
    [{ limit: 5, states: ["exhausted", "cancelled"] }, [exhausted, exhausted]],
    [{ limit: 5, states: ["exhausted", "pending", "delivered"] }, [exhausted, `SCAN ${due}`, sort, byId]],
    [{ limit: 5, webhookIds: ["w"] }, [along(`webhook (webhook_id=? AND ${between})`)]],
    [{ limit: 5, webhookIds: ["w"], states: ["cancelled"] }, [ofWebhook]],
    [{ limit: 5, webhookIds: ["w"], states: ["pending"] }, [`SEARCH ${due} (webhook_id=?)`, sort]],
    [{ limit: 5, webhookIds: ["w"], states: ["exhausted", "cancelled"] }, [ofWebhook, ofWebhook]],
    [{ limit: 5, messageId: "m" }, [along(`message (message_id=? AND ${between})`)]],
    [{ limit: 5, messageId: "m", webhookIds: ["w"] }, [ofMessage]],
    [{ limit: 5, messageId: "m", states: ["pending"] }, [ofMessage]],
    [{ limit: 5, messageId: "m", states: ["exhausted", "cancelled"] }, [ofMessage, ofMessage]],
    [{ limit: 5, messageId: "m", webhookIds: ["w"], states: ["exhausted"] }, [ofMessage]],
  ])("%o is found by an index, from either end, and sorts nothing but what is pending", async (filter, walks) => {
    const database = await migrated();
    const page = createDeliveryPages(drizzle({ client: database }));
    const plans = plansOf(database, () => [page(filter), page({ ...filter, newestFirst: true })]);
    expect(plans.filter(([first]) => first === one)).toEqual([
      [one, ...walks],
      [one, ...walks],
    ]);
  });

  it("sorts no more than some thousands: of many pending deliveries, it walks along the ids", async () => {
    const database = await migrated();
    database.exec(`
      insert into hookledger_deliveries (delivery_id, message_id, webhook_id, tenant_id, event_type, state, attempts,
        attempts_before_round, next_attempt_at, version, created_at, updated_at)
      with recursive numbers(n) as (values (10000) union all select n + 1 from numbers where n < 20000)
      select 'd' || n, 'm', 'w' || (n % 2), '', 'e', 'pending', 0, 0, 50000 - n, 1, 0, 0 from numbers`);
    const page = createDeliveryPages(drizzle({ client: database }));
    const pending = { limit: 2, states: ["pending"] } as const;
    const ids = (filter: DeliveryFilter) => page(filter).map(({ deliveryId }) => deliveryId);
    const plans = plansOf(database, () => {
      expect(ids(pending)).toEqual(["d10000", "d10001"]);
      expect(ids({ ...pending, webhookIds: ["w1"], newestFirst: true, after: "d19999" })).toEqual(["d19997", "d19995"]);
    });
    expect(plans).toContainEqual([one, byId]);
    expect(plans).toContainEqual([one, `SEARCH ${due} (webhook_id=?)`, sort]);
  });
});

describe("the backlog", () => {
  it("is counted in the index of what is pending, and finds the longest due without a scan or a sort", async () => {
    const database = await migrated();
    const firstFree =
      "SEARCH hookledger_deliveries USING INDEX hookledger_deliveries_due (webhook_id=? AND next_attempt_at<?)";
    const counted = "hookledger_deliveries USING COVERING INDEX hookledger_deliveries_due";
    expect(plansOf(database, () => createBacklog(drizzle({ client: database })))).toEqual([
      ["SEARCH hookledger_queues USING INDEX hookledger_queues_turn (turn_at>?)", firstFree, `SCAN ${counted}`],
      [expect.stringMatching(/^SEARCH hookledger_queues/), firstFree, `SEARCH ${counted} (webhook_id=?)`],
    ]);
  });
});
