import { describe, expect, it } from "vitest";
import type { DeliveryStatus } from "../../src/domain/delivery/index.ts";
import { UNTIL_RESUMED } from "../../src/ports/delivery-queue.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { claimed } from "../../src/testing/contracts/storage/claims.ts";
import {
  commit,
  deliveryStream,
  record,
  registered,
  schedule,
  succeeded,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { openWith } from "../support/postgres/rows-read.ts";

const DELIVERIES = 100_000;

/** A ledger's rows of deliveries: nearly all were delivered, and the last ones were not. */
function filled(isAnalyzed: boolean) {
  return openWith(
    "deliveries",
    (schema) => `
    insert into ${schema}.deliveries (delivery_id, message_id, webhook_id, tenant_id, event_type, state, attempts,
      attempts_before_round, next_attempt_at, cancellation_reason, version, created_at, updated_at)
    select 'd-' || lpad(n::text, 9, '0'), 'm', 'w', '', 'e', state, 1, 0, case when state = 'pending' then 0 end,
      case when state = 'cancelled' then 'operator' end, 1, 0, 0
    from generate_series(1, ${DELIVERIES}) as n
    cross join lateral (select case
      when n <= ${DELIVERIES} - 30 then 'delivered' when n % 3 = 0 then 'pending' when n % 3 = 1 then 'exhausted' else 'cancelled' end
    ) as of_n(state);
    insert into ${schema}.queue (delivery_id, webhook_id, due_at, ready)
    select 'd-' || lpad(n::text, 9, '0'), 'w', 0, true from generate_series(${DELIVERIES - 29}, ${DELIVERIES}) as n where n % 3 = 0;
    ${isAnalyzed ? `analyze ${schema}.deliveries; analyze ${schema}.queue` : ""}`,
  );
}

/** Ten webhooks' pending deliveries: half are due, of which half were seen to be; the other half are later retries. */
function queued() {
  return openWith(
    "queue",
    (schema) => `insert into ${schema}.queue (delivery_id, webhook_id, due_at, ready)
    select 'd-' || lpad(n::text, 9, '0'), 'w' || n % 10, n, n <= ${DELIVERIES / 4} from generate_series(1, ${DELIVERIES}) as n`,
  );
}

/** Ten webhooks' retries, none of which has been seen to be due. */
const retries = (schema: string) => `
  insert into ${schema}.queue (delivery_id, webhook_id, due_at, ready)
  select 'd-' || lpad(n::text, 9, '0'), 'w' || n % 10, n, false from generate_series(1, ${DELIVERIES}) as n`;

describe.each([
  ["with statistics", true],
  ["without statistics", false],
])("a list, %s,", (_, isAnalyzed) => {
  it.each<{ readonly states: readonly DeliveryStatus[] }>([
    { states: ["pending"] },
    { states: ["exhausted"] },
    { states: ["cancelled"] },
    { states: ["delivered"] },
    { states: ["exhausted", "cancelled", "pending"] },
  ])("of what is $states is found soon", async ({ states }) => {
    const { storage, rowsRead } = await filled(isAnalyzed);
    for (const scope of [{}, { webhookIds: ["w"] }, { webhookIds: ["none", "w"] }]) {
      const filter = { states, limit: 10, ...scope };
      expect(await valueOf(storage.deliveries.list(filter))).toHaveLength(10);
      expect(await valueOf(storage.deliveries.list({ ...filter, newestFirst: true }))).toHaveLength(10);
    }
    expect(await rowsRead()).toBeLessThan(1000);
  });
});

it.each([
  ["all webhooks", undefined, { pending: DELIVERIES, dueSince: 1 }],
  ["some webhooks", ["w2", "w3"], { pending: DELIVERIES / 5, dueSince: 2 }],
] as const)("the backlog of %s counts what is pending, and reads only a few rows more", async (...row) => {
  const [, webhookIds, backlog] = row;
  const { storage, rowsRead } = await queued();
  expect(await valueOf(storage.queue.backlog(DELIVERIES / 2, webhookIds))).toEqual(backlog);
  expect(await rowsRead()).toBeLessThan(backlog.pending + 200);
});

it("looking for the next due time reads a few rows, however many retries wait for paused webhooks", async () => {
  const { storage, rowsRead } = await openWith("queue", (schema) => `${retries(schema)}; analyze ${schema}.queue`);
  for (let index = 0; index < 9; index += 1)
    await record(storage, webhookStream(`w${index}`), registered(`w${index}`), { type: "WebhookPaused", data: {} });
  expect(await valueOf(storage.queue.nextDueAt())).toBe(9);
  expect(await valueOf(storage.queue.nextDueAt({ exceptWebhookIds: ["w9"] }))).toBe(UNTIL_RESUMED);
  await record(storage, webhookStream("w5"), { type: "WebhookResumed", data: {} });
  expect(await valueOf(storage.queue.nextDueAt({ exceptWebhookIds: ["w9"] }))).toBe(5);
  expect(await rowsRead()).toBeLessThan(1000);
});

it("looking for the next due time reads a few rows of a queue that was empty at the looks before", async () => {
  const { storage, rowsRead, query } = await openWith("queue", (schema) => `vacuum ${schema}.queue`);
  for (let look = 0; look < 10; look += 1) expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
  await query(retries);
  expect(await valueOf(storage.queue.nextDueAt())).toBe(1);
  expect(await rowsRead()).toBeLessThan(1000);
});

it("claims and outcomes read a few rows of a queue that was empty at the vacuum and the claims before", async () => {
  const pending = (schema: string) => `
    with made as (
      insert into ${schema}.deliveries (delivery_id, message_id, webhook_id, tenant_id, event_type, state, attempts,
        attempts_before_round, next_attempt_at, version, created_at, updated_at)
      select 'd-' || lpad(n::text, 9, '0'), 'm', 'w' || n % 10, '', 'e', 'pending', 0, 0, n, 1, 0, 0
      from generate_series(1, ${DELIVERIES}) as n returning delivery_id, webhook_id, next_attempt_at
    )
    insert into ${schema}.queue (delivery_id, webhook_id, due_at, ready) select *, true from made`;
  const { storage, rowsRead, query } = await openWith(
    "queue",
    (schema) => `alter table ${schema}.queue set (autovacuum_enabled = off)`,
  );
  async function claimAndSettle(): Promise<number> {
    const found = await claimed(storage, { limit: 50 });
    const settling = found.map(({ deliveryId }) =>
      storage.writer.append(commit(deliveryStream(deliveryId), 1, [succeeded])),
    );
    await Promise.all(settling.map(valueOf));
    return found.length;
  }
  await query(pending);
  // It stays as long as it was, as after hookledger's own vacuum.
  await query((schema) => `delete from ${schema}.queue; delete from ${schema}.deliveries`);
  await query((schema) => `vacuum (truncate false) ${schema}.queue`);
  await schedule(storage, "first");
  expect(await claimAndSettle()).toBe(1);
  await query(pending);
  expect(await claimAndSettle()).toBe(50);
  // The deletion above has read them all once.
  expect(await rowsRead()).toBeLessThan(DELIVERIES + 5000);
});
