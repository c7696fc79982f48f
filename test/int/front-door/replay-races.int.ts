import { err, errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { DeliveryFilter } from "../../../src/ports/delivery-read-model.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { aroundCalls } from "../../support/around-calls.ts";
import { countOf, exhaust, onceEach, openDown, registerImpatient, statesOf } from "../../support/exhausted.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("a replay that is not alone, on $name", ({ create }) => {
  /** `then` runs between a page's listing and its change, and gets the number of pages before it. */
  async function openExhausted(
    messages: number,
    then: (pagesBefore: number) => Promise<void> = () => Promise.resolve(),
  ) {
    let pages = 0;
    const storage = aroundCalls(create(), async ({ name, make }) => {
      const outcome = await make();
      if (name === "deliveries.list") await then(pages++);
      return outcome;
    });
    const opened = await openDown(storage);
    await registerImpatient(opened.hooks, "w");
    return { ...opened, storage, deliveryIds: await exhaust(opened.hooks, messages) };
  }

  it("takes each delivery once, even if a worker exhausts what it replays as fast as it can", async () => {
    const { hooks, http, deliveryIds } = await openExhausted(1000);
    const worker = hooks.worker();
    await value(worker.start());
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 1000, replayed: 1000 });
    await value(hooks.worker().runUntilIdle());
    await value(worker.stop());
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
    expect(http.requests).toHaveLength(2000);
    expect(new Set(await statesOf(hooks, deliveryIds))).toEqual(new Set(["exhausted"]));
  });

  it("does not replay again what is exhausted again before its next page", async () => {
    const { hooks, http, deliveryIds } = await openExhausted(600, async () => {
      await value(hooks.worker().runUntilIdle());
    });
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 600, replayed: 600 });
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
    expect(http.requests).toHaveLength(1200);
  });

  it("leaves out what is redelivered or delivered while it changes a page", async () => {
    const { hooks, http, receivers, deliveryIds } = await openExhausted(300, async (pagesBefore) => {
      if (pagesBefore > 0) return;
      receivers.up = true;
      await value(hooks.deliveries.redeliver(deliveryIds[7] ?? ""));
      await value(hooks.worker().runUntilIdle());
      await value(hooks.deliveries.redeliver(deliveryIds[8] ?? ""));
    });
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 300, replayed: 298 });
    await value(hooks.worker().runUntilIdle());
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
    expect(await countOf(hooks, "DeliverySucceeded")).toEqual(onceEach(deliveryIds));
    expect(http.requests).toHaveLength(600);
  });

  it("leaves out what somebody else has redelivered and waits for a retry by the time that it changes the page", async () => {
    const storage = aroundCalls(create(), async ({ name, make }) => {
      const outcome = await make();
      if (name !== "deliveries.list") return outcome;
      await value(hooks.deliveries.redeliver(deliveryIds[0] ?? ""));
      await value(hooks.webhooks.update("w", { retryConfig: { scheduleSeconds: [0, 86_400] } }));
      await value(worker.start());
      await vi.waitFor(() => expect(http.requests).toHaveLength(3));
      await value(worker.stop());
      return outcome;
    });
    const http = scriptedHttpClient(() => 500);
    const hooks = await openHooks({ storage, http, clock: createFakeClock() });
    const worker = hooks.worker();
    await registerImpatient(hooks, "w");
    const deliveryIds = await exhaust(hooks, 2);
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 2, replayed: 1 });
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
  });

  it("shares the work with another replay at the same time: each delivery is taken by one of them", async () => {
    const { hooks, deliveryIds } = await openExhausted(500);
    const [one, two] = await Promise.all([value(hooks.deliveries.replay()), value(hooks.deliveries.replay())]);
    expect(one.replayed + two.replayed).toBe(500);
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
  });

  it("leaves out the deliveries of a webhook from when it is deactivated", async () => {
    const { hooks } = await openExhausted(401, async (pagesBefore) => {
      if (pagesBefore === 1) await value(hooks.webhooks.update("w", { active: false }));
    });
    expect(await value(hooks.deliveries.replay({ webhookId: "w" }))).toEqual({ examined: 401, replayed: 200 });
    expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toEqual([]);
  });

  it("ends after its page if hookledger is closed; that page stays replayed, and another does the rest", async () => {
    const { hooks, storage } = await openExhausted(500);
    let closed = Promise.resolve();
    const onProgress = () => {
      closed = value(hooks.close());
    };
    const error = await failure(hooks.deliveries.replay({}, { onProgress }));
    expect(error).toMatchObject({ type: "StorageError", reason: "closed", message: expect.stringContaining("200") });
    await closed;
    const { hooks: next } = await openDown(storage);
    expect((await value(next.deliveries.list({ state: "pending", limit: 1000 }))).items).toHaveLength(200);
    expect(await value(next.deliveries.replay())).toEqual({ examined: 300, replayed: 300 });
  });

  it("succeeds if hookledger is closed after its last page", async () => {
    const { hooks } = await openExhausted(150);
    const onProgress = () => void hooks.close();
    expect(await value(hooks.deliveries.replay({}, { onProgress }))).toEqual({ examined: 150, replayed: 150 });
  });

  it("fails with the storage's error; the pages before stay replayed, and another takes up the rest", async () => {
    const trouble = { from: 2 };
    const { hooks } = await openDown(failingAppends(create(), trouble));
    await registerImpatient(hooks, "w");
    await exhaust(hooks, 450);
    expect(await failure(hooks.deliveries.replay())).toMatchObject({ type: "StorageError", reason: "full" });
    trouble.from = Number.POSITIVE_INFINITY;
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 250, replayed: 250 });
  });

  it("fails with the storage's error if a page that somebody else has changed cannot be read again", async () => {
    let isBroken = false;
    const storage = aroundCalls(create(), async ({ name, make }) => {
      if (name === "deliveries.get" && isBroken) return err(storageError("full", "the disk is full"));
      const outcome = await make();
      if (name !== "deliveries.list") return outcome;
      await value(hooks.deliveries.redeliver(deliveryIds[0] ?? ""));
      isBroken = true;
      return outcome;
    });
    const { hooks } = await openDown(storage);
    await registerImpatient(hooks, "w");
    const deliveryIds = await exhaust(hooks, 2);
    expect(await failure(hooks.deliveries.replay())).toMatchObject({ type: "StorageError", reason: "full" });
    isBroken = false;
    expect(await statesOf(hooks, deliveryIds)).toEqual(["pending", "exhausted"]);
  });
});

/** The page `from` of a replay, counted from 1, and those after it find the disk full. */
function failingAppends(adapter: StorageAdapter, trouble: { from: number }): StorageAdapter {
  let pages = 0;
  return wrapStorage(adapter, ({ deliveries, writer }) => ({
    deliveries: {
      ...deliveries,
      list(filter: DeliveryFilter) {
        pages += 1;
        return deliveries.list(filter);
      },
    },
    writer: {
      append: (commit) =>
        pages >= trouble.from ? errAsync(storageError("full", "the disk is full")) : writer.append(commit),
    },
  }));
}
