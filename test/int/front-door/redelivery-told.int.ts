import { errAsync, ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { Commit } from "../../../src/ports/commit.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { publish, register } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("redelivering, on $name", ({ create }) => {
  it("wakes the worker even if the delivery cannot be read back", async () => {
    const broken = { now: false };
    const storage = wrapStorage(create(), ({ deliveries, writer }) => ({
      deliveries: {
        ...deliveries,
        get: (id) => (broken.now ? errAsync(storageError("disconnected", "refused for the test")) : deliveries.get(id)),
      },
      writer: {
        append: (commit) =>
          writer.append(commit).andTee(() => {
            broken.now = commit.streams.some(({ events }) => events[0]?.type === "RedeliveryRequested");
          }),
      },
    }));
    const [http, clock] = [scriptedHttpClient(), createFakeClock()];
    const hooks = await openHooks({ storage, http, clock });
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    await value(hooks.deliveries.cancel(deliveryId));
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    expect((await hooks.deliveries.redeliver(deliveryId)).isErr()).toBe(true);
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
  });

  it("leaves to a worker what it takes up, when a retry falls due, between the look at it and the commit", async () => {
    const answer = createGate<ScriptedAnswer>();
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : answer.opened));
    const isRedelivery = ({ streams }: Commit) =>
      streams.some(({ events }) => events[0]?.type === "RedeliveryRequested");
    async function fallDue(): Promise<void> {
      clock.advance(60_000);
      await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    }
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append: (commit) =>
          ResultAsync.fromSafePromise(isRedelivery(commit) ? fallDue() : Promise.resolve()).andThen(() =>
            writer.append(commit),
          ),
      },
    }));
    const hooks = await openHooks({ storage, http, clock });
    await register(hooks, "a", { retryConfig: { scheduleSeconds: [0, 60] } });
    await value(hooks.worker().start());
    const [deliveryId = ""] = await publish(hooks);
    await vi.waitFor(async () => expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ attempts: 1 }));
    expect(await value(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ state: "pending", attempts: 1 });
    expect((await readLedger(hooks)).filter(({ type }) => type === "RedeliveryRequested")).toEqual([]);
    answer.open(204);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "delivered", attempts: 2 });
    expect(http.requests).toHaveLength(2);
  });
});
