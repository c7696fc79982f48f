import fc from "fast-check";
import { expect, it } from "vitest";
import type { DeliveryView, DomainEvent } from "../../../domain/ledger/index.ts";
import type { DeliveryFilter } from "../../../ports/delivery-read-model.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { deliveryStream, failed, record, schedule, succeeded, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

type Row = Pick<DeliveryView, "deliveryId" | "webhookId" | "messageId" | "state">;

const cancelled: DomainEvent = { type: "DeliveryCancelled", data: { reason: "operator" } };
const exhausted: DomainEvent = { type: "DeliveryExhausted", data: { attempts: 1 } };
const redelivered: DomainEvent = { type: "RedeliveryRequested", data: { dueAt: "2026-01-01T00:00:00.000Z" } };
const ends = { pending: [], delivered: [succeeded], exhausted: [failed(1, null), exhausted], cancelled: [cancelled] };
const every = ["pending", "delivered", "exhausted", "cancelled"] as const;

async function put(storage: Storage, { deliveryId, webhookId, messageId, state }: Row): Promise<void> {
  await schedule(storage, deliveryId, { webhookId, messageId });
  if (ends[state].length > 0) await record(storage, deliveryStream(deliveryId), ...ends[state]);
}

async function idsOf(storage: Storage, filter: DeliveryFilter): Promise<readonly string[]> {
  return (await valueOf(storage.deliveries.list(filter))).map(({ deliveryId }) => deliveryId);
}

/** Reads page after page, each begun after the last of the one before. */
async function pagesOf(storage: Storage, filter: DeliveryFilter): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const page = await idsOf(storage, after === undefined ? filter : { ...filter, after });
    if (page.length === 0) return ids;
    expect(page.length).toBeLessThanOrEqual(filter.limit);
    ids.push(...page);
  }
}

function passes({ webhookId, messageId, state }: Row, filter: DeliveryFilter): boolean {
  const { webhookIds = [webhookId], messageId: wanted = messageId, states = [state] } = filter;
  return webhookIds.includes(webhookId) && wanted === messageId && states.includes(state);
}

/** Compares the pages with what of `all`, a whole list, passes the filter. */
async function expectPages(storage: Storage, filter: DeliveryFilter, all: readonly Row[]): Promise<void> {
  const ids = all.filter((row) => passes(row, filter)).map(({ deliveryId }) => deliveryId);
  expect(await pagesOf(storage, filter)).toEqual(ids);
  expect(await pagesOf(storage, { ...filter, newestFirst: true })).toEqual(ids.toReversed());
}

export function registerDeliveryPageCases({ open, within }: Harnesses): void {
  it("hold each delivery as `get` shows it, and none if none is asked for", async () => {
    const { storage } = await open();
    await put(storage, { deliveryId: "a", webhookId: "w", messageId: "m", state: "exhausted" });
    const [view, ...others] = await valueOf(storage.deliveries.list({ limit: 9 }));
    expect(others).toEqual([]);
    expect(view).toEqual(await valueOf(storage.deliveries.get("a")));
    for (const none of [{ limit: 0 }, { limit: 9, webhookIds: [] }, { limit: 9, states: [] }]) {
      expect(await idsOf(storage, none)).toEqual([]);
      expect(await idsOf(storage, { webhookIds: ["w"], states: ["exhausted"], ...none })).toEqual([]);
    }
  });

  it("are in order of the ids' code points, which is not JavaScript's", async () => {
    const { storage } = await open();
    for (const id of ["d\u{1f600}", "d\uff5e", "d"]) await schedule(storage, id);
    expect(await idsOf(storage, { limit: 9 })).toEqual(["d", "d\uff5e", "d\u{1f600}"]);
    expect(await idsOf(storage, { limit: 9, after: "d\uff5e" })).toEqual(["d\u{1f600}"]);
  });

  it("begin after the cursor, whether or not there is such a delivery, or it is still in one of the states", async () => {
    const { storage } = await open();
    for (const deliveryId of ["a", "b", "c"]) {
      await put(storage, { deliveryId, webhookId: "w", messageId: "m", state: "exhausted" });
    }
    const filter: DeliveryFilter = { states: ["exhausted", "cancelled"], limit: 9, after: "b" };
    expect(await idsOf(storage, filter)).toEqual(["c"]);
    await record(storage, deliveryStream("b"), redelivered);
    expect(await idsOf(storage, filter)).toEqual(["c"]);
    await record(storage, deliveryStream("b"), failed(2, T0 + 1), cancelled);
    expect(await idsOf(storage, filter)).toEqual(["c"]);
    expect(await idsOf(storage, { ...filter, newestFirst: true })).toEqual(["a"]);
    expect(await idsOf(storage, { ...filter, after: "bb" })).toEqual(["c"]);
    expect(await idsOf(storage, { ...filter, after: "bb", newestFirst: true })).toEqual(["b", "a"]);
    expect(await idsOf(storage, { ...filter, after: "c" })).toEqual([]);
  });

  it("together hold what passes the filter, once, for each set of states with webhooks and a message", async () => {
    const { storage } = await open();
    const all = ["w1", "w2"].flatMap((webhookId) =>
      ["m1", "m2"].flatMap((messageId) =>
        every.map((state) => ({ deliveryId: `${webhookId}-${messageId}-${state}`, webhookId, messageId, state })),
      ),
    );
    for (const row of all) await put(storage, row);
    const sorted = all.toSorted((one, other) => (one.deliveryId < other.deliveryId ? -1 : 1));
    const sets = every.reduce<(typeof every)[number][][]>(
      (subsets, state) => subsets.flatMap((subset) => [subset, [state, ...subset]]),
      [[]],
    );
    for (const states of [undefined, ...sets]) {
      for (const webhookIds of [undefined, ["w1"], ["none"], ["w2", "none", "w1", "w2"]]) {
        for (const messageId of [undefined, "m2"]) {
          const scope = { ...(webhookIds && { webhookIds }), ...(messageId !== undefined && { messageId }) };
          await expectPages(storage, { ...scope, ...(states && { states }), limit: 5 }, sorted);
        }
      }
    }
  });

  const row = fc.record({
    // Any text without NUL, which PostgreSQL's text cannot hold.
    deliveryId: fc.string({ unit: "binary", minLength: 1, maxLength: 3 }).filter((id) => !id.includes("\0")),
    webhookId: fc.constantFrom("w1", "w2"),
    messageId: fc.constantFrom("m1", "m2"),
    state: fc.constantFrom(...every),
  });
  const rows = fc.uniqueArray(row, { selector: ({ deliveryId }) => deliveryId, minLength: 1, maxLength: 12 });
  const filters = fc.record(
    {
      limit: fc.integer({ min: 1, max: 13 }),
      states: fc.uniqueArray(fc.constantFrom(...every), { minLength: 1 }),
      webhookIds: fc.uniqueArray(fc.constantFrom("w1", "w2"), { minLength: 1 }),
      messageId: fc.constant("m1"),
    },
    { requiredKeys: ["limit"] },
  );

  /** No character comes after it. */
  const lastOfAll = ["\u{10ffff}", "\u0001"].map((deliveryId) => {
    return { deliveryId, webhookId: "w1", messageId: "m1", state: "pending" } as const;
  });

  it("together hold what passes the filter, once, whatever the ids are and however small the pages", () =>
    fc.assert(
      fc.asyncProperty(rows, filters, (given, filter) =>
        within(async ({ storage }) => {
          for (const each of given) await put(storage, each);
          await expectPages(storage, filter, await valueOf(storage.deliveries.list({ limit: 99 })));
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE, examples: [[lastOfAll, { limit: 1 }]] },
    ));
}
