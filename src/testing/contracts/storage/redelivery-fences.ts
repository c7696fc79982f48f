import { expect, it } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import { NOBODY } from "../../../ports/commit.ts";
import { errorOf, valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, record, schedule, scheduled, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const requested: DomainEvent = { type: "RedeliveryRequested", data: { dueAt: toIso(T0) } };

/** Fences of commits that make a delivery pending. */
export function registerRedeliveryFenceCases({ open }: Harnesses): void {
  it.each(["the same storage", "another one"])(
    "a fence of nobody's lets no lease on %s pass until it is over",
    async (on) => {
      const { storage, another } = await open();
      await schedule(storage, "d");
      await claimed(on === "the same storage" ? storage : await another(), { leaseUntil: T0 + 1000 });
      const redelivery = (now: number) =>
        commit(deliveryStream("d"), 1, [requested], { fences: [{ deliveryId: "d", owner: NOBODY, now }] });
      expect(await errorOf(storage.writer.append(redelivery(T0 + 999)))).toMatchObject({ type: "LeaseLost" });
      expect(await claimed(storage, { owner: "C", now: T0 + 999 })).toEqual([]);
      await valueOf(storage.writer.append(redelivery(T0 + 1000)));
      expect(await claimed(storage, { owner: "C", now: T0 })).toHaveLength(1);
    },
  );

  it("a fence on a delivery that becomes pending by the commit leaves no lease behind", async () => {
    const { storage } = await open();
    await schedule(storage, "again");
    await record(storage, deliveryStream("again"), { type: "DeliveryCancelled", data: { reason: "operator" } });
    for (const [id, event] of [
      ["new", scheduled("new")],
      ["again", requested],
    ] as const) {
      const fences = [{ deliveryId: id, owner: "A", now: T0 + 5 }];
      await valueOf(storage.writer.append(commit(deliveryStream(id), "any", [event], { fences })));
    }
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0);
    expect(await claimed(storage, { owner: "B", now: T0 })).toHaveLength(2);
  });
}
