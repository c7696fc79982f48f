import type { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { failure, openHooks, readLedger, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";

/** Webhook `w` has a pending delivery and a cancelled one. */
interface Given {
  readonly pending: string;
  readonly cancelled: string;
  readonly messageId: string;
}

type Act = (hooks: MemoryHooks, given: Given, actor: string) => ResultAsync<unknown, unknown>;

const acts: readonly (readonly [name: string, act: Act, types: readonly string[]])[] = [
  [
    "register",
    ({ webhooks }, _, actor) => webhooks.register({ url, events: [event], schemes: ["v1a"], actor }),
    ["WebhookRegistered"],
  ],
  [
    "update",
    ({ webhooks }, _, actor) => webhooks.update("w", { url: `${url}/new`, active: false, actor }),
    ["WebhookUrlChanged", "WebhookDeactivated", "DeliveryCancelled"],
  ],
  ["rotateSecret", ({ webhooks }, _, actor) => webhooks.rotateSecret("w", { actor }), ["WebhookSecretRotated"]],
  [
    "rotateKeyPair",
    ({ webhooks }, _, actor) => webhooks.rotateKeyPair("w", { actor }),
    ["WebhookKeyPairRotated", "WebhookSchemesChanged"],
  ],
  ["delete", ({ webhooks }, _, actor) => webhooks.delete("w", { actor }), ["WebhookDeleted", "DeliveryCancelled"]],
  [
    "redeliver",
    ({ deliveries }, { cancelled }, actor) => deliveries.redeliver(cancelled, { actor }),
    ["RedeliveryRequested"],
  ],
  ["cancel", ({ deliveries }, { pending }, actor) => deliveries.cancel(pending, { actor }), ["DeliveryCancelled"]],
  ["replay", ({ deliveries }, _, actor) => deliveries.replay({}, { actor }), ["RedeliveryRequested"]],
  [
    "erase, a message",
    ({ messages }, { messageId }, actor) => messages.erase({ messageId, actor }),
    ["MessageErased", "DeliveryCancelled"],
  ],
  [
    "erase, all about a subject",
    ({ messages }, _, actor) => messages.erase({ subject: "user-7", actor }),
    ["MessageErased", "DeliveryCancelled"],
  ],
];

describe.each(storages)("who did it, on $name", ({ create }) => {
  async function open() {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const publish = async (subject: string) => {
      const { messageId, deliveries } = await value(hooks.publish({ event, payload: {}, subject }));
      return { messageId, deliveryId: deliveries[0]?.deliveryId ?? "" };
    };
    const [{ deliveryId: cancelled }, { messageId, deliveryId: pending }] = [
      await publish("u"),
      await publish("user-7"),
    ];
    await value(hooks.deliveries.cancel(cancelled));
    return { hooks, given: { pending, cancelled, messageId }, before: await readLedger(hooks) };
  }

  it.each(acts)("%s: all events that it causes carry the actor", async (_, act, types) => {
    const { hooks, given, before } = await open();
    expect(before.every(({ metadata }) => !("actor" in metadata))).toBe(true);
    await value(act(hooks, given, "ada@example.com"));
    const caused = (await readLedger(hooks)).slice(before.length);
    expect(caused.map(({ type, metadata }) => [type, metadata])).toEqual(
      types.map((type) => [type, { actor: "ada@example.com" }]),
    );
  });

  it.each(acts)("%s: an invalid actor is refused, and nothing is written", async (_, act) => {
    const { hooks, given, before } = await open();
    for (const actor of ["", "x".repeat(201), "lone \ud800"]) {
      expect(await failure(act(hooks, given, actor))).toMatchObject({ type: "InvalidInput", field: "actor" });
    }
    expect(await readLedger(hooks)).toEqual(before);
  });
});
