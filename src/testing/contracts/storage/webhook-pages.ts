import fc from "fast-check";
import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import type { WebhookFilter } from "../../../ports/webhook-read-model.ts";
import { valueOf } from "../results.ts";
import { record, registered, webhookStream } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

interface Life {
  readonly id: string;
  readonly tenantId: string;
  readonly active: boolean;
  /**
   * The page before which it is registered, and the one before which it is deactivated or deleted. The first page is 0.
   */
  readonly comes: number;
  readonly goes: number;
  readonly how: "is deactivated" | "is deleted";
}

async function idsOf(storage: Storage, filter: WebhookFilter): Promise<readonly string[]> {
  return (await valueOf(storage.webhooks.listAll(filter))).map(({ webhookId }) => webhookId);
}

async function changeBefore(page: number, storage: Storage, lives: readonly Life[]): Promise<void> {
  for (const { id, tenantId, active, comes, goes, how } of lives) {
    const stream = webhookStream(id);
    if (comes === page) await record(storage, stream, registered(id, { tenantId, active }));
    if (goes !== page || goes <= comes) continue;
    if (how === "is deleted") await record(storage, stream, { type: "WebhookDeleted", data: {} });
    else await record(storage, stream, { type: "WebhookDeactivated", data: { reason: "operator" } });
  }
}

function isListed({ active, comes, goes, how }: Life, page: number, activeOnly: boolean): boolean {
  const isGone = goes > comes && goes <= page;
  if (comes > page || (isGone && how === "is deleted")) return false;
  return !activeOnly || (active && !isGone);
}

export function registerWebhookPageCases({ open, within }: Harnesses): void {
  it("hold those of all tenants, by id and byte by byte, as `get` shows them", async () => {
    const { storage } = await open();
    const ids = ["b", "a1", "a_1", "B", "a-1", "~", "!", "a"];
    for (const [index, id] of ids.entries()) {
      await record(storage, webhookStream(id), registered(id, { tenantId: `t${index % 3}`, active: index % 2 === 0 }));
    }
    const found = await valueOf(storage.webhooks.listAll({ activeOnly: false, limit: 10 }));
    expect(found.map(({ webhookId }) => webhookId)).toEqual(["!", "B", "a", "a-1", "a1", "a_1", "b", "~"]);
    for (const view of found) expect(view).toEqual(await valueOf(storage.webhooks.get(view.webhookId)));
    expect(await idsOf(storage, { activeOnly: true, limit: 10 })).toEqual(["!", "a-1", "a_1", "b"]);
    expect(await idsOf(storage, { activeOnly: true, limit: 2, after: "a" })).toEqual(["a-1", "a_1"]);
    expect(await idsOf(storage, { activeOnly: false, limit: 10, after: "a-0" })).toEqual([
      "a-1",
      "a1",
      "a_1",
      "b",
      "~",
    ]);
    expect(await idsOf(storage, { activeOnly: false, limit: 10, after: "~" })).toEqual([]);
    expect(await idsOf(storage, { activeOnly: false, limit: 0 })).toEqual([]);
  });

  const life = fc.record({
    id: fc.stringMatching(/^[!-~]{1,3}$/),
    tenantId: fc.constantFrom("", "t"),
    active: fc.boolean(),
    comes: fc.constantFrom(0, 0, 0, 1, 2),
    goes: fc.nat(4),
    how: fc.constantFrom("is deactivated", "is deleted"),
  });
  const lives = fc.uniqueArray(life, { selector: ({ id }) => id, minLength: 1, maxLength: 14 });

  it("are full, and go on after the cursor, whatever is registered, deactivated or deleted between them", () =>
    fc.assert(
      fc.asyncProperty(lives, fc.boolean(), fc.integer({ min: 1, max: 5 }), (given, activeOnly, limit) =>
        within(async ({ storage }) => {
          let after = "";
          for (let page = 0; ; page += 1) {
            await changeBefore(page, storage, given);
            const wanted = given.filter((one) => isListed(one, page, activeOnly)).map(({ id }) => id);
            const expected = wanted.toSorted().filter((id) => id > after);
            const found = await idsOf(storage, { activeOnly, limit, ...(after !== "" && { after }) });
            expect(found).toEqual(expected.slice(0, limit));
            const last = found.at(-1);
            if (last === undefined) return;
            after = last;
          }
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
