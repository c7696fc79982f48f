import fc from "fast-check";
import { expect, it } from "vitest";
import type { EndedStatus } from "../../../domain/delivery/index.ts";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import type { EndedFilter } from "../../../ports/delivery-read-model.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { deliveryStream, failed, record, schedule, succeeded, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

const cancelled: DomainEvent = { type: "DeliveryCancelled", data: { reason: "operator" } };
const exhausted: DomainEvent = { type: "DeliveryExhausted", data: { attempts: 1 } };
const redelivered: DomainEvent = { type: "RedeliveryRequested", data: { dueAt: "2026-01-01T00:00:00.000Z" } };
const ends = { pending: [], delivered: [succeeded], exhausted: [failed(1, null), exhausted], cancelled: [cancelled] };

async function put(storage: Storage, id: string, state: keyof typeof ends, webhookId = "webhook-1"): Promise<void> {
  await schedule(storage, id, { webhookId });
  if (ends[state].length > 0) await record(storage, deliveryStream(id), ...ends[state]);
}

async function idsOf(storage: Storage, filter: EndedFilter): Promise<readonly string[]> {
  return (await valueOf(storage.deliveries.listEnded(filter))).map(({ deliveryId }) => deliveryId);
}

/** Reads page after page, each begun after the last of the one before. */
async function pages(storage: Storage, filter: EndedFilter): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const page = await idsOf(storage, after === undefined ? filter : { ...filter, after });
    if (page.length === 0) return ids;
    expect(page.length).toBeLessThanOrEqual(filter.limit);
    ids.push(...page);
  }
}

const both: readonly EndedStatus[] = ["exhausted", "cancelled"];

export function registerEndedPageCases({ open, within }: Harnesses): void {
  it("hold what is in one of the states, of one webhook or of all, as `get` shows it", async () => {
    const { storage } = await open();
    for (const webhookId of ["w", "v"]) {
      for (const state of ["pending", "delivered", "exhausted", "cancelled"] as const) {
        await put(storage, `${state}-${webhookId}`, state, webhookId);
      }
    }
    const limit = 9;
    const all = ["cancelled-v", "cancelled-w", "exhausted-v", "exhausted-w"];
    expect(await idsOf(storage, { states: both, limit })).toEqual(all);
    expect(await idsOf(storage, { states: ["cancelled", "exhausted"], limit })).toEqual(all);
    expect(await idsOf(storage, { states: ["exhausted"], limit })).toEqual(["exhausted-v", "exhausted-w"]);
    expect(await idsOf(storage, { states: ["cancelled"], limit })).toEqual(["cancelled-v", "cancelled-w"]);
    expect(await idsOf(storage, { states: both, webhookId: "w", limit })).toEqual(["cancelled-w", "exhausted-w"]);
    expect(await idsOf(storage, { states: ["exhausted"], webhookId: "w", limit })).toEqual(["exhausted-w"]);
    expect(await idsOf(storage, { states: both, webhookId: "nobody", limit })).toEqual([]);
    expect(await idsOf(storage, { states: both, limit: 0 })).toEqual([]);
    const [first] = await valueOf(storage.deliveries.listEnded({ states: both, limit }));
    expect(first).toEqual(await valueOf(storage.deliveries.get("cancelled-v")));
  });

  it("begin after the cursor, whether or not that delivery is still in one of the states", async () => {
    const { storage } = await open();
    for (const id of ["a", "b", "c"]) await put(storage, id, "exhausted");
    const filter = { states: both, limit: 9, after: "b" };
    expect(await idsOf(storage, filter)).toEqual(["c"]);
    await record(storage, deliveryStream("b"), redelivered);
    expect(await idsOf(storage, filter)).toEqual(["c"]);
    await record(storage, deliveryStream("b"), failed(2, T0 + 1), cancelled);
    expect(await idsOf(storage, filter)).toEqual(["c"]);
    expect(await idsOf(storage, { ...filter, after: "bb" })).toEqual(["c"]);
  });

  const delivery = fc.record({
    // Any text without NUL, which PostgreSQL's text cannot hold.
    id: fc.string({ unit: "binary", minLength: 1, maxLength: 3 }).filter((id) => !id.includes("\0")),
    state: fc.constantFrom("pending", "delivered", ...both),
    webhookId: fc.constantFrom("webhook-1", "webhook-2"),
  });
  const deliveries = fc.uniqueArray(delivery, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });
  const states = fc.uniqueArray(fc.constantFrom<EndedStatus>(...both), { minLength: 1 });
  const scope = fc.record({ states, webhookId: fc.constant("webhook-1") }, { requiredKeys: ["states"] });

  it("together hold each such delivery once, in the order of `list`, whatever the ids are and however small the pages", () =>
    fc.assert(
      fc.asyncProperty(deliveries, scope, fc.integer({ min: 1, max: 13 }), (given, { states, webhookId }, limit) =>
        within(async ({ storage }) => {
          for (const { id, state, webhookId: of } of given) await put(storage, id, state, of);
          const wanted = (await valueOf(storage.deliveries.list({ limit: 99 })))
            .filter((view) => states.some((state) => state === view.state))
            .filter((view) => webhookId === undefined || view.webhookId === webhookId);
          const filter = { states, limit, ...(webhookId !== undefined && { webhookId }) };
          expect(await pages(storage, filter)).toEqual(wanted.map(({ deliveryId }) => deliveryId));
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
