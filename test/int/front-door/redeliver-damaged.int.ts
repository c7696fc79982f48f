import { describe, expect, it } from "vitest";
import { damageable } from "../../support/damageable.ts";
import { exhaust, openDown, registerImpatient, statesOf } from "../../support/exhausted.ts";
import { failure, value } from "../../support/open-hooks.ts";

const damages = [
  ["are damaged", `update {events} set data = '{"oops":' where stream_id = `],
  ["are gone", "delete from {events} where stream_id = "],
] as const;

describe.each(damageable)("redelivering a message whose events cannot be read, on %s", (_name, create) => {
  async function openDamaged(statement: string, erasedBefore = false) {
    const { storage, run } = create();
    const { hooks, receivers } = await openDown(storage);
    await registerImpatient(hooks, "w");
    const deliveryIds = await exhaust(hooks, 2);
    const [deliveryId = ""] = deliveryIds;
    const messageId = (await value(hooks.deliveries.get(deliveryId)))?.messageId ?? "";
    if (erasedBefore) await value(hooks.messages.erase({ messageId }));
    await run(`${statement}'message-${messageId}'`);
    receivers.up = true;
    return { hooks, deliveryIds, deliveryId, messageId };
  }

  it.each(damages)(
    "by hand succeeds where they %s, since the payload of the message is still there",
    async (_, statement) => {
      const { hooks, deliveryId } = await openDamaged(statement);
      await value(hooks.deliveries.redeliver(deliveryId));
      await value(hooks.worker().runUntilIdle());
      expect(await statesOf(hooks, [deliveryId])).toEqual(["delivered"]);
    },
  );

  it.each(damages)("by a replay succeeds where they %s, with the others", async (_, statement) => {
    const { hooks, deliveryIds } = await openDamaged(statement);
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 2, replayed: 2 });
    await value(hooks.worker().runUntilIdle());
    expect(await statesOf(hooks, deliveryIds)).toEqual(["delivered", "delivered"]);
  });

  it.each(damages)("is refused where they %s, if the message was erased before", async (_, statement) => {
    const { hooks, deliveryId, messageId } = await openDamaged(statement, true);
    expect(await failure(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ type: "PayloadErased", messageId });
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 2, replayed: 1 });
  });
});
