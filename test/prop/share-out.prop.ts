import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareOut } from "../../src/domain/delivery/index.ts";

const webhooks = fc.uniqueArray(fc.record({ webhookId: fc.string(), room: fc.nat(9), has: fc.nat(12) }), {
  selector: ({ webhookId }) => webhookId,
  minLength: 1,
  maxLength: 8,
});

describe("shareOut", () => {
  it("gives out all it can within each room, evenly to within one, and says who is owed, served or spent", () => {
    fc.assert(
      fc.property(webhooks, fc.nat(60), (line, limit) => {
        const given = new Map(line.map(({ webhookId }) => [webhookId, 0]));
        const givenTo = (webhookId: string) => given.get(webhookId) ?? 0;
        const dealt = shareOut(line, limit, (webhookId, count) => {
          const has = line.find((one) => one.webhookId === webhookId)?.has ?? 0;
          const taken = Math.min(count, has - givenTo(webhookId));
          given.set(webhookId, givenTo(webhookId) + taken);
          return taken;
        });
        const total = [...given.values()].reduce((sum, count) => sum + count, 0);
        const possible = line.reduce((sum, { room, has }) => sum + Math.min(room, has), 0);
        expect(total).toBe(Math.min(limit, possible));
        const most = Math.max(...given.values());
        for (const { webhookId, room, has } of line) {
          const count = givenTo(webhookId);
          expect(count).toBeLessThanOrEqual(Math.min(room, has));
          if (count < Math.min(room, has)) expect(count).toBeGreaterThanOrEqual(most - 1);
          if (count < Math.min(room, has))
            expect(dealt.get(webhookId)).toBe(count === 0 || count < most ? "owed" : "served");
          if (dealt.get(webhookId) === "spent") expect(count).toBe(has);
        }
      }),
    );
  });

  it("gives what cannot be split evenly to the webhooks at the front of the line", () => {
    const line = ["a", "b", "c"].map((webhookId) => ({ webhookId, room: Infinity }));
    const given: (string | number)[][] = [];
    const dealt = shareOut(line, 8, (webhookId, count) => {
      given.push([webhookId, count]);
      return count;
    });
    expect(given).toEqual([
      ["a", 3],
      ["b", 3],
      ["c", 2],
    ]);
    expect([...dealt.values()]).toEqual(["served", "served", "owed"]);
  });
});
