import fc from "fast-check";
import { expect, it } from "vitest";
import { createLeasedViews } from "../../src/adapters/postgres/leased-views.ts";
import type { DeliveryView } from "../../src/domain/ledger/index.ts";

const AT_LEAST = 5;

function viewOf(deliveryId: string, version: number): DeliveryView {
  return {
    ...{ deliveryId, version, messageId: "m", webhookId: "w", tenantId: "", event: "memory.updated" },
    ...{ state: "pending", attempts: 0, attemptsBeforeRound: 0, nextAttemptAt: 0, cancellationReason: null },
    ...{ createdAt: 0, updatedAt: 0 },
  };
}

const step = fc.record({
  deliveryId: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"),
  remembers: fc.constantFrom(true, true, true, false),
});

it("the latest views are recalled unchanged, older ones unchanged or not at all, and forgotten ones never", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const views = createLeasedViews(AT_LEAST);
      let remembered: readonly DeliveryView[] = [];
      steps.forEach(({ deliveryId, remembers }, version) => {
        const others = remembered.filter((view) => view.deliveryId !== deliveryId);
        if (remembers) {
          const view = viewOf(deliveryId, version);
          views.remember(view);
          remembered = [...others, view];
        } else {
          views.forget(deliveryId);
          remembered = others;
          expect(views.recall(deliveryId)).toBeUndefined();
        }
        for (const view of remembered) expect([undefined, view]).toContain(views.recall(view.deliveryId));
      });
      const kept = remembered.filter(({ version }) => version >= steps.length - AT_LEAST);
      for (const view of kept) expect(views.recall(view.deliveryId)).toBe(view);
    }),
  );
});
