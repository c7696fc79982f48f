import { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { register } from "../../support/deliver-to.ts";
import { exhaust, openDown, registerImpatient, statesOf } from "../../support/exhausted.ts";
import { everyStorage, failure, readLedger, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(everyStorage)("a redelivery while the message is erased, on $name", ({ create }) => {
  /** `beforeAppend` takes what happens once, after the message was looked at and before the redelivery is appended. */
  async function openExhausted(messages: number) {
    let between: (() => Promise<unknown>) | null = null;
    let appends = 0;
    let looks = 0;
    const storage = wrapStorage(create(), ({ writer, reader, messages }) => ({
      reader: {
        ...reader,
        readStream(streamId) {
          looks += 1;
          return reader.readStream(streamId);
        },
      },
      messages: {
        ...messages,
        get(messageId) {
          looks += 1;
          return messages.get(messageId);
        },
      },
      writer: {
        append(commit) {
          const types = commit.streams.flatMap(({ events }) => events.map(({ type }) => type));
          if (!types.includes("RedeliveryRequested")) return writer.append(commit);
          appends += 1;
          const happens = between ?? (() => Promise.resolve());
          between = null;
          return ResultAsync.fromSafePromise(happens()).andThen(() => writer.append(commit));
        },
      },
    }));
    const { hooks, receivers } = await openDown(storage);
    await registerImpatient(hooks, "w");
    await register(hooks, "late", { active: false });
    const deliveryIds = await exhaust(hooks, messages);
    const erase = async (deliveryId = "") => {
      const messageId = (await value(hooks.deliveries.get(deliveryId)))?.messageId ?? "";
      expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 1 });
      return messageId;
    };
    const beforeAppend = (happens: () => Promise<unknown>) => void (between = happens);
    return { hooks, receivers, deliveryIds, erase, beforeAppend, appends: () => appends, looks: () => looks };
  }

  const redelivered = async (hooks: MemoryHooks) =>
    (await readLedger(hooks)).filter(({ type }) => type === "RedeliveryRequested").map(({ streamId }) => streamId);

  it("is refused if it is made by hand, and the delivery stays as it was", async () => {
    const { hooks, deliveryIds, erase, beforeAppend } = await openExhausted(1);
    const [deliveryId = ""] = deliveryIds;
    let messageId = "";
    beforeAppend(async () => (messageId = await erase(deliveryId)));
    expect(await failure(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ type: "PayloadErased", messageId });
    expect(await statesOf(hooks, deliveryIds)).toEqual(["exhausted"]);
    expect(await redelivered(hooks)).toEqual([]);
  });

  it("is left out by a replay, which makes the others of its page", async () => {
    const { hooks, receivers, deliveryIds, erase, beforeAppend } = await openExhausted(5);
    beforeAppend(() => erase(deliveryIds[2]));
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 5, replayed: 4 });
    receivers.up = true;
    await value(hooks.worker().runUntilIdle());
    expect(await statesOf(hooks, deliveryIds)).toEqual([
      "delivered",
      "delivered",
      "exhausted",
      "delivered",
      "delivered",
    ]);
  });

  it("is made if only another webhook was given the message meanwhile", async () => {
    const { hooks, deliveryIds, beforeAppend, appends } = await openExhausted(1);
    const [deliveryId = ""] = deliveryIds;
    beforeAppend(async () => {
      await value(hooks.webhooks.update("late", { active: true }));
      await value(hooks.deliveries.replay({ webhookId: "late", states: ["missed"] }));
    });
    expect(await value(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ state: "pending" });
    expect(appends()).toBe(2);
  });

  it("shares its commits if nothing is erased, and asks about all messages of a page at once", async () => {
    const { hooks, deliveryIds, appends, looks } = await openExhausted(450);
    const before = looks();
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 450, replayed: 450 });
    expect(appends()).toBe(3);
    expect(looks() - before).toBeLessThan(10);
    expect(new Set(await statesOf(hooks, deliveryIds))).toEqual(new Set(["pending"]));
  });
});
