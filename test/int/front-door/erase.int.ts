import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { register, states, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";

const event = "memory.updated";

function publishAbout(hooks: MemoryHooks, subject: string, other: { tenantId?: string; idempotencyKey?: string } = {}) {
  return value(hooks.publish({ event, payload: { about: subject }, subject, ...other }));
}

describe.each(storages)("erasing on $name", ({ create }) => {
  async function open(script: (before: number) => ScriptedAnswer = () => 204) {
    const http = scriptedHttpClient((_, before) => script(before));
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock({ autoAdvance: true }) });
    await register(hooks, "a");
    return { hooks, http };
  }

  it("cancels what is pending and records it in the ledger, and the projections agree", async () => {
    const { hooks, http } = await open();
    const { messageId, deliveries } = await publishAbout(hooks, "u-1");
    expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 1 });
    const [{ deliveryId } = { deliveryId: "" }] = deliveries;
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
      state: "cancelled",
      cancellationReason: "message-erased",
    });
    const stream = await value(hooks.ledger.readStream(`message-${messageId}`));
    expect(stream.map(({ type }) => type)).toEqual(["MessagePublished", "MessageErased"]);
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toEqual([]);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    await value(hooks.ledger.rebuild());
    expect(await states(hooks)).toEqual({ cancelled: 1 });
  });

  it("cancels what is pending beside deliveries that have been pruned", async () => {
    const http = scriptedHttpClient(({ url }) => (url === urlOf("b") ? 500 : 204));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), http, clock });
    for (const webhookId of ["a", "b", "c"]) await register(hooks, webhookId);
    const { messageId, deliveries } = await publishAbout(hooks, "u-1");
    const worker = hooks.worker();
    await value(worker.start());
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 2, pending: 1 }));
    await value(worker.stop());
    clock.advance(1);
    const finishedBefore = new Date(clock.now());
    expect(await value(hooks.ledger.prune({ finishedBefore }))).toMatchObject({ deliveries: 2, messages: 0 });
    expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 1 });
    expect(deliveries.map(({ webhookId }) => webhookId)).toEqual(["a", "b", "c"]);
    expect(await states(hooks)).toEqual({ cancelled: 1 });
  });

  it("removes what receivers answered, and leaves delivered what was delivered", async () => {
    const { hooks } = await open((before) => (before === 0 ? { statusCode: 500, body: "echo: u-1" } : 204));
    const { messageId, deliveries } = await publishAbout(hooks, "u-1");
    await value(hooks.worker().runUntilIdle());
    const [{ deliveryId } = { deliveryId: "" }] = deliveries;
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ response: "echo: u-1" }, {}]);
    await value(hooks.messages.erase({ messageId }));
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ response: null }, { response: null }]);
    expect(await states(hooks)).toEqual({ delivered: 1 });
  });

  it("by subject erases all of the tenant's messages about it, however many, and nobody else's", async () => {
    const { hooks } = await open();
    for (let n = 0; n < 130; n += 1) await publishAbout(hooks, "u-1");
    await publishAbout(hooks, "u-2");
    await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/t", events: [event], tenantId: "t" }));
    await publishAbout(hooks, "u-1", { tenantId: "t" });
    expect(await value(hooks.messages.erase({ subject: "u-1" }))).toEqual({ erased: 130 });
    expect(await states(hooks)).toEqual({ cancelled: 130, pending: 2 });
    expect(await value(hooks.messages.erase({ subject: "u-1", tenantId: "t" }))).toEqual({ erased: 1 });
    expect(await value(hooks.messages.erase({ subject: "nobody" }))).toEqual({ erased: 0 });
  });

  it("with all erases whatever the tenant has published, and nobody else's messages", async () => {
    const { hooks } = await open();
    const batch = (tenantId: string) =>
      Array.from(
        { length: 600 },
        (_, n) => ({ event, payload: { n }, tenantId, ...(n === 0 && { subject: "u" }) }) as const,
      );
    for (const tenantId of ["t", "", "t"]) await value(hooks.publishMany(batch(tenantId)));
    await value(hooks.messages.erase({ subject: "u", tenantId: "t" }));
    expect(await value(hooks.messages.erase({ all: true, tenantId: "t" }))).toEqual({ erased: 1198 });
    expect(await value(hooks.messages.erase({ all: true, tenantId: "t" }))).toEqual({ erased: 0 });
    expect(await states(hooks)).toEqual({ pending: 600 });
    expect(await value(hooks.messages.erase({ all: true }))).toEqual({ erased: 600 });
    expect(await states(hooks)).toEqual({ cancelled: 600 });
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("again changes nothing", async () => {
    const { hooks } = await open();
    const { messageId } = await publishAbout(hooks, "u-1");
    await value(hooks.messages.erase({ messageId }));
    const before = await readLedger(hooks);
    expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 0 });
    expect(await value(hooks.messages.erase({ subject: "u-1" }))).toEqual({ erased: 0 });
    expect(await readLedger(hooks)).toEqual(before);
  });

  it("makes redelivering the message PayloadErased", async () => {
    const { hooks, http } = await open();
    const { messageId, deliveries } = await publishAbout(hooks, "u-1");
    await value(hooks.messages.erase({ messageId }));
    const [{ deliveryId } = { deliveryId: "" }] = deliveries;
    expect(await failure(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ type: "PayloadErased", messageId });
    expect(http.requests).toEqual([]);
  });

  it("leaves the idempotency key taken: publishing again is a duplicate, whatever the payload", async () => {
    const { hooks } = await open();
    const first = await publishAbout(hooks, "u-1", { idempotencyKey: "once" });
    await value(hooks.messages.erase({ messageId: first.messageId }));
    const again = await value(hooks.publish({ event, payload: { other: true }, idempotencyKey: "once" }));
    expect(again).toEqual({ ...first, duplicate: true });
    const reused = hooks.publish({ event: "memory.deleted", payload: {}, idempotencyKey: "once" });
    expect(await failure(reused)).toMatchObject({ type: "IdempotencyKeyReused" });
  });

  it("lets a 2xx still count if it comes during an attempt", async () => {
    const gate = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => gate.opened);
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await register(hooks, "a");
    const { messageId } = await publishAbout(hooks, "u-1");
    const run = hooks.worker().runUntilIdle();
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(hooks.messages.erase({ messageId }));
    gate.open(204);
    await value(run);
    expect(await states(hooks)).toEqual({ delivered: 1 });
  });

  it("answers MessageNotFound if the message does not exist", async () => {
    const { hooks } = await open();
    expect(await failure(hooks.messages.erase({ messageId: "none" }))).toMatchObject({
      type: "MessageNotFound",
      messageId: "none",
    });
  });
});
