import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { answer, publish, register } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { everyStorage, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";

const DAY = 86_400_000;
const BEGIN = "2030-01-01T00:00:00.000Z";

describe.each(everyStorage)("the backlog, on $name", ({ create }) => {
  async function open(respond: ScriptedAnswer | (() => Promise<ScriptedAnswer>) = 204) {
    const clock = createFakeClock();
    const http = scriptedHttpClient(typeof respond === "function" ? respond : () => respond);
    const hooks = await openHooks({ storage: create(), clock, http });
    const backlog = () => value(hooks.deliveries.backlog());
    return { hooks, clock, backlog };
  }

  /** Lets a worker make all attempts that are due now. */
  async function attemptAll(hooks: MemoryHooks, deliveryIds: readonly string[]): Promise<void> {
    const worker = hooks.worker();
    await value(worker.start());
    for (const id of deliveryIds) {
      await vi.waitFor(async () => expect(await value(hooks.deliveries.get(id))).toMatchObject({ attempts: 1 }));
    }
    await value(worker.stop());
  }

  it("tells how much is pending and since when the longest is due, and nothing once it is delivered", async () => {
    const { hooks, clock, backlog } = await open();
    expect(await backlog()).toEqual({ pending: 0, dueSince: null });
    await register(hooks, "a");
    await register(hooks, "b");
    const deliveryIds = [...(await publish(hooks))];
    clock.advance(5000);
    deliveryIds.push(...(await publish(hooks)));
    clock.advance(1000);
    expect(await backlog()).toEqual({ pending: 4, dueSince: BEGIN });
    await attemptAll(hooks, deliveryIds);
    expect(await backlog()).toEqual({ pending: 0, dueSince: null });
  });

  it("has nothing due while a dead webhook waits for a retry, even for days, until that is late", async () => {
    const { hooks, clock, backlog } = await open(500);
    await register(hooks, "dead", { retryConfig: { scheduleSeconds: [0, (3 * DAY) / 1000] } });
    await attemptAll(hooks, await publish(hooks));
    clock.advance(3 * DAY - 1);
    expect(await backlog()).toEqual({ pending: 1, dueSince: null });
    clock.advance(10_000);
    expect(await backlog()).toEqual({ pending: 1, dueSince: "2030-01-04T00:00:00.000Z" });
  });

  it("has nothing due of what is under way, or of what waits for the end of its webhook's pause", async () => {
    const answered = createGate<ScriptedAnswer>();
    const { hooks, clock, backlog } = await open(() => answered.opened);
    await register(hooks, "busy");
    const worker = hooks.worker({ concurrency: 1 });
    await value(worker.start());
    await publish(hooks);
    await vi.waitFor(async () => expect(await backlog()).toEqual({ pending: 1, dueSince: null }));
    clock.advance(1000);
    const [waiting = ""] = await publish(hooks);
    expect(await backlog()).toEqual({ pending: 2, dueSince: "2030-01-01T00:00:01.000Z" });
    answered.open(answer(503, { "retry-after": "60" }));
    await vi.waitFor(async () => expect(await backlog()).toEqual({ pending: 2, dueSince: null }));
    await value(worker.stop());
    clock.advance(60_000);
    expect(await backlog()).toEqual({ pending: 2, dueSince: "2030-01-01T00:00:01.000Z" });
    await value(hooks.deliveries.cancel(waiting));
    expect(await backlog()).toEqual({ pending: 1, dueSince: "2030-01-01T00:01:01.000Z" });
    await value(hooks.deliveries.redeliver(waiting));
    expect(await backlog()).toMatchObject({ pending: 2 });
  });

  it("of a tenant counts its own webhooks' deliveries, and nobody else's", async () => {
    const { hooks, clock, backlog } = await open();
    const publishAs = (tenantId: string) =>
      value(hooks.publish({ event: "memory.updated", payload: { time: 0 }, tenantId }));
    await register(hooks, "b1", { tenantId: "b" });
    await publishAs("b");
    clock.advance(1000);
    await register(hooks, "a1", { tenantId: "a" });
    await register(hooks, "a2", { tenantId: "a" });
    await publishAs("a");
    clock.advance(1000);
    const of = (tenantId: string) => value(hooks.tenant(tenantId).deliveries.backlog());
    expect(await backlog()).toEqual({ pending: 3, dueSince: BEGIN });
    expect(await of("a")).toEqual({ pending: 2, dueSince: "2030-01-01T00:00:01.000Z" });
    expect(await of("b")).toEqual({ pending: 1, dueSince: BEGIN });
    for (const tenantId of ["", "nobody"]) expect(await of(tenantId)).toEqual({ pending: 0, dueSince: null });
    await value(hooks.webhooks.delete("b1"));
    expect(await of("b")).toEqual({ pending: 0, dueSince: null });
  });
});
