import fc from "fast-check";
import { expect, it } from "vitest";
import { toIso } from "../../src/domain/instant.ts";
import { deliveryView, nextDeliveryView, type DeliveryView } from "../../src/domain/ledger/index.ts";
import { deliveryHistories } from "../../src/testing/arbitraries/index.ts";
import { T0 } from "../../src/testing/contracts/storage/facts.ts";

it("a delivery's row is the same whether its stream is read whole or one event at a time", () => {
  fc.assert(
    fc.property(deliveryHistories, (events) => {
      let view: DeliveryView | null = null;
      const recorded = events.map((event, index) => {
        const [version, recordedAt] = [index + 1, T0 + index];
        view = nextDeliveryView(view, event, version, recordedAt);
        return {
          ...event,
          position: version,
          streamId: "delivery-1",
          version,
          recordedAt: toIso(recordedAt),
          metadata: {},
        };
      });
      expect(view).toStrictEqual(deliveryView(recorded));
    }),
  );
});
