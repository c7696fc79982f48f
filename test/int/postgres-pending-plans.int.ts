import { describe, expect, it } from "vitest";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { openWith } from "../support/postgres/rows-read.ts";

const DELIVERIES = 100_000;

const idOf = (n: number) => `d-${String(n).padStart(9, "0")}`;

/** The numbers of the three deliveries to `few`. All others are to `many`. */
const toFew = [30_000, 60_000, 90_000];

const fill = (schema: string) => `
  insert into ${schema}.deliveries (delivery_id, message_id, webhook_id, tenant_id, event_type, state, attempts,
    attempts_before_round, next_attempt_at, version, created_at, updated_at)
  select 'd-' || lpad(n::text, 9, '0'), 'm', case when n in (${toFew.join()}) then 'few' else 'many' end, '', 'e', 'pending',
    0, 0, ${DELIVERIES} - n, 1, 0, 0
  from generate_series(1, ${DELIVERIES}) as n;
  insert into ${schema}.queue (delivery_id, webhook_id, due_at, ready)
  select delivery_id, webhook_id, next_attempt_at, next_attempt_at < ${DELIVERIES / 2} from ${schema}.deliveries`;

const none = Array.from({ length: 100 }, (_, index) => `none-${index}`);

describe.each([
  ["with statistics", (schema: string) => `${fill(schema)}; analyze ${schema}.queue; analyze ${schema}.deliveries`],
  ["without statistics", fill],
])("a queue that one webhook fills, %s", (_, filled) => {
  it("is not gone through for a page of what is pending for others", async () => {
    const { storage, rowsRead } = await openWith("queue", filled);
    const page = async (newestFirst: boolean, after?: string) => {
      const filter = { states: ["pending"], webhookIds: [...none, "few"], newestFirst, limit: 2 } as const;
      const views = await valueOf(storage.deliveries.list({ ...filter, ...(after !== undefined && { after }) }));
      return views.map(({ deliveryId }) => deliveryId);
    };
    const [first = "", second = "", third = ""] = toFew.map(idOf);
    expect(await page(false)).toEqual([first, second]);
    expect(await page(false, second)).toEqual([third]);
    expect(await page(true)).toEqual([third, second]);
    expect(await page(true, second)).toEqual([first]);
    expect(await rowsRead()).toBeLessThan(1000);
  });

  it("is counted no further than to what could be sorted, for a page of that one's and others'", async () => {
    const { storage, rowsRead } = await openWith("queue", filled);
    const filter = { states: ["pending"], webhookIds: ["many", "few"], after: idOf(29_997), limit: 5 } as const;
    const views = await valueOf(storage.deliveries.list(filter));
    expect(views.map(({ deliveryId }) => deliveryId)).toEqual([29_998, 29_999, 30_000, 30_001, 30_002].map(idOf));
    expect(await rowsRead()).toBeLessThan(25_000);
  });
});
