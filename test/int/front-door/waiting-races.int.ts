import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { aroundCalls } from "../../support/around-calls.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { countOf, onceEach } from "../../support/exhausted.ts";
import { createGate } from "../../support/gate.ts";
import { everyStorage, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";

const MINUTE = 60_000;

type Operate = (hooks: MemoryHooks, deliveryIds: readonly string[]) => Promise<void>;

const byHand: Operate = async (hooks, deliveryIds) => {
  for (const deliveryId of deliveryIds) {
    expect(await value(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ deliveryId, state: "pending" });
  }
};

const byReplay: Operate = async (hooks, { length }) => {
  const replayed = await value(hooks.deliveries.replay({ states: ["pending"] }));
  expect(replayed).toEqual({ examined: length, replayed: length - 1 });
};

const ways = [
  ["redeliver", byHand],
  ["a replay", byReplay],
] as const;

describe.each(everyStorage)("a retry that is sent while an operator has it for waiting, on $name", ({ create }) => {
  /** Two deliveries whose first attempts failed: one is tried again in a minute, and the other in a day. */
  async function openWaiting() {
    const time = createFakeClock();
    const skew = { ms: 0 };
    const clock = { ...time, now: () => time.now() + skew.ms };
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient((_, before) => (before < 2 ? 500 : answer.opened));
    let meanwhile: (() => Promise<void>) | null = null;
    const storage = aroundCalls(create(), async ({ name, make }) => {
      const happens = name === "writer.append" ? meanwhile : null;
      if (happens !== null) meanwhile = null;
      await happens?.();
      return make();
    });
    const hooks = await openHooks({ storage, clock, http });
    await register(hooks, "soon", { retryConfig: { scheduleSeconds: [0, 60] } });
    await register(hooks, "late", { retryConfig: { scheduleSeconds: [0, 86_400] } });
    const deliveryIds = await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(async () => expect(await countOf(hooks, "DeliveryAttemptFailed")).toEqual(onceEach(deliveryIds)));

    async function retry() {
      time.advance(MINUTE);
      await vi.waitFor(() => expect(http.requests).toHaveLength(3));
    }

    async function expectOneRetryEach() {
      await vi.waitFor(() => expect(http.requests).toHaveLength(4));
      answer.open(204);
      await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 2 }));
      expect(http.requests).toHaveLength(4);
      expect([...(await countOf(hooks, "RedeliveryRequested")).values()]).toEqual([1]);
      expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    }
    const beforeAppend = (happens: () => Promise<void>) => void (meanwhile = happens);
    return { hooks, deliveryIds, skew, retry, beforeAppend, expectOneRetryEach };
  }

  it.each(ways)("is left alone by %s, though it falls due only after the look at it", async (_, operate) => {
    const { hooks, deliveryIds, retry, beforeAppend, expectOneRetryEach } = await openWaiting();
    beforeAppend(retry);
    await operate(hooks, deliveryIds);
    await expectOneRetryEach();
  });

  it.each(ways)("is left alone by %s, though the clock was set back since", async (_, operate) => {
    const { hooks, deliveryIds, skew, retry, expectOneRetryEach } = await openWaiting();
    await retry();
    skew.ms = -MINUTE;
    await operate(hooks, deliveryIds);
    await expectOneRetryEach();
  });
});
