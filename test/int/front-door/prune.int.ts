import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import type { Pruned } from "../../../src/index.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { failure, openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const DAY = 24 * 3600 * 1000;

describe.each(storages)("pruning on $name", ({ create }) => {
  async function open() {
    const clock = createFakeClock();
    const http = scriptedHttpClient(() => 204);
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage: create(), http, clock, logger });
    await register(hooks, "a");
    const finishedBefore = (daysAgo: number) => ({ finishedBefore: new Date(clock.now() - daysAgo * DAY) });
    return { hooks, http, clock, logger, finishedBefore };
  }

  it("removes what was finished before and tells of each step, but keeps webhooks and what came later", async () => {
    const { hooks, clock, finishedBefore } = await open();
    const worker = hooks.worker();
    await publish(hooks, 600);
    await value(worker.runUntilIdle());
    clock.advance(40 * DAY);
    const [later = ""] = await publish(hooks);
    await value(worker.runUntilIdle());
    const told: Pruned[] = [];
    const pruned = await value(hooks.ledger.prune(finishedBefore(30), { onProgress: (soFar) => told.push(soFar) }));
    expect(pruned).toEqual({ deliveries: 600, messages: 600, events: 1800 });
    expect(told.map(({ deliveries, messages }) => [deliveries, messages])).toEqual([
      [500, 0],
      [600, 0],
      [600, 500],
      [600, 600],
    ]);
    expect(await states(hooks)).toEqual({ delivered: 1 });
    expect((await value(hooks.deliveries.attempts(later))).map(({ outcome }) => outcome)).toEqual(["delivered"]);
    expect(await value(hooks.webhooks.history("a"))).toHaveLength(1);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    const before = await readLedger(hooks);
    await value(hooks.ledger.rebuild());
    expect(await readLedger(hooks)).toEqual(before);
    expect(await value(hooks.ledger.prune(finishedBefore(30)))).toEqual({ deliveries: 0, messages: 0, events: 0 });
  });

  it("looks at what is older, and not at all that is kept", async () => {
    const { hooks, clock, finishedBefore } = await open();
    await publish(hooks, 600);
    await value(hooks.worker().runUntilIdle());
    clock.advance(40 * DAY);
    await publish(hooks, 1500);
    let steps = 0;
    const pruned = await value(hooks.ledger.prune(finishedBefore(30), { onProgress: () => (steps += 1) }));
    expect(pruned).toMatchObject({ deliveries: 600, messages: 600 });
    expect(steps).toBe(6); // of deliveries and of messages: two of the older ones, and the first of the younger ones
  });

  it("does not stop the workers, which deliver what is published meanwhile", async () => {
    const { hooks, http, clock, finishedBefore } = await open();
    const worker = hooks.worker();
    await publish(hooks, 1100);
    await value(worker.runUntilIdle());
    clock.advance(40 * DAY);
    await value(worker.start());
    const more: Promise<readonly string[]>[] = [];
    const onProgress = () => more.push(publish(hooks));
    const pruned = await value(hooks.ledger.prune(finishedBefore(30), { onProgress }));
    expect(pruned).toMatchObject({ deliveries: 1100, messages: 1100 });
    await Promise.all(more);
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(1100 + more.length);
    expect(await states(hooks)).toEqual({ delivered: more.length });
  });

  it("goes on if onProgress throws, and logs it", async () => {
    const { hooks, logger, clock, finishedBefore } = await open();
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    clock.advance(DAY);
    const onProgress = () => {
      throw new Error("a bug");
    };
    expect(await value(hooks.ledger.prune(finishedBefore(0), { onProgress }))).toMatchObject({ deliveries: 1 });
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: "warn" }));
  });

  it("ends after a step if hookledger is closed, and says so", async () => {
    const { hooks, clock, finishedBefore } = await open();
    await publish(hooks, 600);
    await value(hooks.worker().runUntilIdle());
    clock.advance(DAY);
    const closed: Promise<void>[] = [];
    const pruning = hooks.ledger.prune(finishedBefore(0), { onProgress: () => closed.push(value(hooks.close())) });
    expect(await failure(pruning)).toMatchObject({ type: "StorageError", reason: "closed" });
    await Promise.all(closed);
  });

  it("goes on behind what is older and still pending, and keeps all of it", async () => {
    const { hooks, clock, finishedBefore } = await open();
    await publish(hooks, 1100);
    clock.advance(40 * DAY);
    let steps = 0;
    const pruned = await value(hooks.ledger.prune(finishedBefore(30), { onProgress: () => (steps += 1) }));
    expect(pruned).toEqual({ deliveries: 0, messages: 0, events: 0 });
    expect(steps).toBe(6);
    expect(await states(hooks)).toEqual({ pending: 1000 }); // as many as are listed at once
  });

  it.each(["pruneDeliveries", "pruneMessages"] as const)("ends with the storage's error: %s", async (failing) => {
    let isBroken = true;
    const storage = wrapStorage(create(), ({ retention }) => ({
      retention: {
        ...retention,
        [failing]: (before: number, after: string, limit: number) =>
          isBroken
            ? errAsync(storageError("locked", "refused for the test"))
            : retention[failing](before, after, limit),
      },
    }));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage, http: scriptedHttpClient(), clock });
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    clock.advance(DAY);
    const prune = () => hooks.ledger.prune({ finishedBefore: new Date(clock.now()) });
    expect(await failure(prune())).toMatchObject({ type: "StorageError", reason: "locked" });
    isBroken = false;
    await value(prune());
    expect((await readLedger(hooks)).map(({ type }) => type)).toEqual(["WebhookRegistered"]);
  });
});
