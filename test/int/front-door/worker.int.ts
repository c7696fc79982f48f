import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import {
  connectionRefused,
  scriptedHttpClient,
  type ScriptedAnswer,
} from "../../../src/testing/scripted-http-client.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const payload = { memory_id: "m-1" };

async function publishTo(hooks: MemoryHooks, path: string, times = 1): Promise<readonly string[]> {
  await value(hooks.webhooks.register({ webhookId: path, url: `${url}/${path}`, events: [event] }));
  return publish(hooks, times);
}

async function publish(hooks: MemoryHooks, times = 1): Promise<readonly string[]> {
  const deliveries: string[] = [];
  for (let time = 0; time < times; time += 1) {
    const publication = await value(hooks.publish({ event, payload: { ...payload, time } }));
    deliveries.push(...publication.deliveries.map(({ deliveryId }) => deliveryId));
  }
  return deliveries;
}

async function states(hooks: MemoryHooks): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { state } of (await value(hooks.deliveries.list({ limit: 1000 }))).items)
    counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

describe.each(storages)("a worker on $name", ({ create }) => {
  it("runUntilIdle resolves at once if nothing is pending", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    const worker = hooks.worker();
    await value(worker.runUntilIdle());
    await publishTo(hooks, "a", 3);
    for (let time = 0; time < 2; time += 1) {
      await value(worker.runUntilIdle());
      expect(http.requests).toHaveLength(3);
    }
  });

  it("runUntilIdle waits for retries that are still to come", async () => {
    const clock = createFakeClock();
    const hooks = await openHooks({
      storage: create(),
      clock,
      http: scriptedHttpClient((_, before) => (before < 2 ? 500 : 204)),
    });
    await publishTo(hooks, "a");
    const run = hooks.worker().runUntilIdle();
    for (let second = 0; second < 3; second += 1) {
      await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
      expect(await states(hooks)).toEqual({ pending: 1 });
      clock.advance(1000);
    }
    await value(run);
    expect(await states(hooks)).toEqual({ delivered: 1 });
  });

  it("delivers what comes before and after start, nothing new after stop, and goes on if started again", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await publishTo(hooks, "a", 3);
    const worker = hooks.worker();
    await value(worker.start());
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(3));
    await publish(hooks, 2);
    await vi.waitFor(() => expect(http.requests).toHaveLength(5));
    await value(worker.stop());
    await value(worker.stop());
    await publish(hooks, 2);
    await promisesSettled();
    expect(http.requests).toHaveLength(5);
    await value(worker.start());
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 7 }));
    expect(http.requests).toHaveLength(7);
  });

  it("waits at stop for the attempts under way, and records their outcomes", async () => {
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await publishTo(hooks, "a", 2);
    const worker = hooks.worker();
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    let stopped = false;
    const stop = worker.stop().map(() => {
      stopped = true;
    });
    await promisesSettled();
    expect(stopped).toBe(false);
    answer.open(204);
    await value(stop);
    expect(await states(hooks)).toEqual({ delivered: 2 });
  });

  it("delivers even if it was stopped and started at once, and can be stopped again", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    const worker = hooks.worker();
    await value(worker.start());
    const stops = [worker.stop(), worker.stop()];
    await value(worker.start());
    for (const stop of stops) await value(stop);
    await publishTo(hooks, "a");
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(worker.stop());
    await publish(hooks);
    await promisesSettled();
    expect(http.requests).toHaveLength(1);
  });

  it("delivers each message exactly once beside another instance's worker over the same storage", async () => {
    const storage = create();
    const http = scriptedHttpClient();
    const clock = createFakeClock({ autoAdvance: true });
    const [one, two] = [await openHooks({ storage, http, clock }), await openHooks({ storage, http, clock })];
    await publishTo(one, "a", 50);
    const options = { concurrency: 3, perWebhookConcurrency: 3 };
    await Promise.all([value(one.worker(options).runUntilIdle()), value(two.worker(options).runUntilIdle())]);
    expect(await states(one)).toEqual({ delivered: 50 });
    expect(http.requests).toHaveLength(50);
    expect(new Set(http.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(50);
  });

  it("never exceeds concurrency and perWebhookConcurrency, and makes full use of both", async () => {
    const underWay = new Map<string, number>();
    const most = new Map<string, number>();
    const count = (path: string, by: 1 | -1) => {
      underWay.set(path, (underWay.get(path) ?? 0) + by);
      most.set(path, Math.max(most.get(path) ?? 0, underWay.get(path) ?? 0));
    };
    const http = scriptedHttpClient(async (request) => {
      for (const path of [request.url, "all"]) count(path, 1);
      await promisesSettled();
      for (const path of [request.url, "all"]) count(path, -1);
      return 204;
    });
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock({ autoAdvance: true }) });
    for (const path of ["a", "b", "c"]) await publishTo(hooks, path);
    await publish(hooks, 10);
    await value(hooks.worker({ concurrency: 5, perWebhookConcurrency: 2 }).runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 6 + 30 });
    expect(Object.fromEntries(most)).toEqual({ all: 5, [`${url}/a`]: 2, [`${url}/b`]: 2, [`${url}/c`]: 2 });
  });

  it("holds back no webhook because another is slow, however much is pending for that", async () => {
    const slow = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient((request) => (request.url.endsWith("/slow") ? slow.opened : 204));
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await publishTo(hooks, "slow", 20);
    await publishTo(hooks, "quick", 5);
    const worker = hooks.worker({ concurrency: 4, perWebhookConcurrency: 2 });
    await value(worker.start());
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 5, pending: 25 }));
    slow.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 30 }));
    expect(http.requests).toHaveLength(30);
  });

  it("ends runUntilIdle with an error if an outcome cannot be recorded, and the delivery stays pending", async () => {
    let broken = false;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append: (commit) =>
          broken && commit.streams.some(({ streamId }) => streamId.startsWith("delivery-"))
            ? ResultAsync.fromPromise(Promise.reject(new Error("disk full")), (cause) =>
                storageError("full", "no space left", cause),
              )
            : writer.append(commit),
      },
    }));
    const logger = createRecordingLogger();
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage, logger, clock, http: scriptedHttpClient() });
    await publishTo(hooks, "a");
    broken = true;
    expect(await failure(hooks.worker().runUntilIdle())).toMatchObject({
      type: "StorageError",
      reason: "full",
      retryable: true,
    });
    expect(await states(hooks)).toEqual({ pending: 1 });
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" }));
    broken = false;
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 1 });
  });

  it("in the background logs an error of the storage and tries again", async () => {
    let failures = 2;
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        claim: (claim) => {
          if (failures === 0) return queue.claim(claim);
          failures -= 1;
          return ResultAsync.fromPromise(Promise.reject(new Error("busy")), (cause) =>
            storageError("locked", "locked", cause),
          );
        },
      },
    }));
    const logger = createRecordingLogger();
    const hooks = await openHooks({
      storage,
      logger,
      clock: createFakeClock({ autoAdvance: true }),
      http: scriptedHttpClient(),
    });
    await publishTo(hooks, "a");
    await value(hooks.worker().start());
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(2);
  });
});

describe.each(storages)("a lease that is lost, on $name", ({ create }) => {
  /** The first instance waits in its attempt until its lease has ended, and the second takes over. */
  async function lateOutcome(second: ScriptedAnswer) {
    const storage = create();
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const hanging = scriptedHttpClient(() => late.opened);
    const other = scriptedHttpClient(() => second);
    const [one, two] = [
      await openHooks({ storage, clock, http: hanging }),
      await openHooks({ storage, clock, http: other }),
    ];
    const [deliveryId = ""] = await publishTo(one, "a");
    const first = one.worker({ leaseSeconds: 30 });
    await value(first.start());
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1));
    const stopped = first.stop({ deadlineSeconds: 3600 });
    const takingOver = two.worker();
    await value(takingOver.start());
    clock.advance(29_999);
    await promisesSettled();
    expect(other.requests).toHaveLength(0);
    clock.advance(1);
    await vi.waitFor(async () => expect(await value(two.deliveries.get(deliveryId))).toMatchObject({ attempts: 1 }));
    await value(takingOver.stop());
    return {
      attempts: () => value(two.deliveries.attempts(deliveryId)),
      delivery: () => value(two.deliveries.get(deliveryId)),
      async comesLate(answer: ScriptedAnswer) {
        late.open(answer);
        await value(stopped);
      },
    };
  }

  it("makes a late failure count for nothing if the other worker has delivered", async () => {
    const { delivery, attempts, comesLate } = await lateOutcome(200);
    const before = await attempts();
    await comesLate(connectionRefused());
    expect(await attempts()).toEqual(before);
    expect(await delivery()).toMatchObject({ state: "delivered", attempts: 1 });
  });

  it("makes a late success count for nothing if the other worker has delivered", async () => {
    const { attempts, comesLate } = await lateOutcome(200);
    await comesLate(201);
    expect(await attempts()).toMatchObject([{ attempt: 1, outcome: "delivered", statusCode: 200 }]);
  });

  it("makes a late failure count for nothing beside the other worker's failure", async () => {
    const { delivery, attempts, comesLate } = await lateOutcome(503);
    const before = await delivery();
    await comesLate(500);
    expect(await delivery()).toEqual(before);
    expect(await attempts()).toMatchObject([{ attempt: 1, outcome: "failed", statusCode: 503 }]);
  });

  it("lets a late success count over the retry that the other worker scheduled", async () => {
    const { delivery, comesLate } = await lateOutcome(503);
    expect(await delivery()).toMatchObject({ state: "pending" });
    await comesLate(204);
    expect(await delivery()).toMatchObject({ state: "delivered", nextAttemptAt: null });
  });
});
