import { describe, expect, it } from "vitest";
import type { DeliveryFilter } from "../../src/ports/delivery-read-model.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { openWith } from "../support/postgres/rows-read.ts";

const DELIVERIES = 100_000;

const idOf = (n: number) => `d-${String(n).padStart(9, "0")}`;

/**
 * A long history, nearly all of one webhook, and eleven deliveries a message: all was delivered but every thousandth.
 */
async function filled(isAnalyzed: boolean) {
  const opened = await openWith(
    "deliveries",
    (schema) => `
    insert into ${schema}.deliveries (delivery_id, message_id, webhook_id, tenant_id, event_type, state, attempts,
      attempts_before_round, version, created_at, updated_at)
    select 'd-' || lpad(n::text, 9, '0'), 'm-' || n / 11, case when n % 11 = 0 then 'w-1' else 'w' end, '', 'e',
      case when n % 1001 = 0 then 'exhausted' else 'delivered' end, 1, 0, 1, 0, 0
    from generate_series(1, ${DELIVERIES}) as n;
    ${isAnalyzed ? `analyze ${schema}.deliveries;` : ""}
    select pg_stat_force_next_flush()`,
  );
  // What filling it has read does not count.
  await opened.query(
    (schema) => `select pg_stat_reset_single_table_counters(indexrelid)
      from pg_index where indrelid = '${schema}.deliveries'::regclass`,
  );
  return opened;
}

describe.each([
  ["with statistics", true],
  ["without statistics", false],
])("with a long history, %s,", (_, isAnalyzed) => {
  const messageId = `m-${DELIVERIES / 20}`;

  it.each<readonly [what: string, filter: Omit<DeliveryFilter, "limit">, after: string, before: string]>([
    ["of a webhook", { webhookIds: ["w"] }, idOf(DELIVERIES - 300), idOf(300)],
    ["of webhooks", { webhookIds: ["w", "w-1", "none"] }, idOf(DELIVERIES - 300), idOf(300)],
    [
      "of a webhook in several states",
      { webhookIds: ["w"], states: ["delivered", "exhausted"] },
      idOf(DELIVERIES - 300),
      idOf(300),
    ],
    ["of a message", { messageId }, "", idOf(DELIVERIES)],
    ["of a message to a webhook", { messageId, webhookIds: ["w"] }, "", idOf(DELIVERIES)],
    ["of a message that is exhausted", { messageId, states: ["exhausted"] }, "", idOf(DELIVERIES)],
    [
      "of a message to a webhook in several states",
      { messageId, webhookIds: ["w"], states: ["pending", "delivered"] },
      "",
      idOf(DELIVERIES),
    ],
  ])("a page %s costs no more", async (_what, filter, after, before) => {
    const { storage, indexPagesRead } = await filled(isAnalyzed);
    const page = async (paging: Partial<DeliveryFilter>) =>
      (await valueOf(storage.deliveries.list({ ...filter, ...paging, limit: 10 }))).length;
    const ascending = await page({ after });
    expect(await page({ after: before, newestFirst: true })).toBe(ascending);
    expect(await indexPagesRead()).toBeLessThan(200);
  });
});
