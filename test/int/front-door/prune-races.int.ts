import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { event, publish, register } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("pruning what somebody is working on, on $name", ({ create }) => {
  it("leaves a success that comes afterwards unrecorded, and does not stop the worker", async () => {
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => answer.opened);
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), http, clock });
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    const run = hooks.worker().runUntilIdle();
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(hooks.deliveries.cancel(deliveryId));
    clock.advance(1);
    const finishedBefore = new Date(clock.now());
    expect(await value(hooks.ledger.prune({ finishedBefore }))).toMatchObject({ deliveries: 1, messages: 1 });
    answer.open(204);
    await value(run);
    expect((await readLedger(hooks)).map(({ type }) => type)).toEqual(["WebhookRegistered"]);
    expect(await value(hooks.ledger.verify())).toEqual({ events: 1, differences: [] });
  });

  it("makes a dispatch of it say so, once its other deliveries are settled", async () => {
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(({ url }) => (url.endsWith("/slow") ? answer.opened : 204));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), http, clock });
    for (const webhookId of ["quick", "slow"]) await register(hooks, webhookId);
    const message = { event, payload: {}, idempotencyKey: "key" } as const;
    const dispatched = hooks.dispatch(message);
    const delivered = async () => (await value(hooks.deliveries.list({ state: "delivered" }))).items;
    await vi.waitFor(async () => expect(await delivered()).toHaveLength(1));
    const [{ deliveryId } = { deliveryId: "" }] = await delivered();
    clock.advance(1);
    await value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) }));
    answer.open(204);
    const error = { type: "DeliveryNotFound", deliveryId, message: expect.stringContaining("pruned") };
    expect(await failure(dispatched)).toMatchObject(error);
    expect(await delivered()).toMatchObject([{ webhookId: "slow" }]);
    // While the message exists, its idempotency key leads to the same dispatch.
    expect(await failure(hooks.dispatch(message))).toMatchObject(error);
  });

  it("makes a publish under its idempotency key the first again", async () => {
    const clock = createFakeClock();
    let between = (): Promise<unknown> => Promise.resolve();
    const storage = wrapStorage(create(), ({ reader }) => ({
      reader: {
        ...reader,
        readStream: (id) => ResultAsync.fromSafePromise(between()).andThen(() => reader.readStream(id)),
      },
    }));
    const hooks = await openHooks({ storage, clock, http: scriptedHttpClient() });
    const message = { event, payload: {}, idempotencyKey: "key" } as const;
    const first = await value(hooks.publish(message));
    clock.advance(1);
    between = () => value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) }));
    const second = await value(hooks.publish(message));
    expect(second.duplicate).toBe(false);
    expect(second.messageId).not.toBe(first.messageId);
  });
});
