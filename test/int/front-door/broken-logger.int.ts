import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { copyLedger, type Logger } from "../../../src/index.ts";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { openHooks, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** Breaks the port's promise by `log`, and keeps what it was told. */
function brokenLogger(log: () => unknown): Logger & { readonly told: string[] } {
  const told: string[] = [];
  const broken = (message: string): unknown => {
    told.push(message);
    return log();
  };
  return { told, info: broken, warn: broken, error: broken };
}

/** Publishes a message, and has a worker in the background deliver it. */
async function deliverOne(storage: StorageAdapter, logger: Logger): Promise<void> {
  const clock = createFakeClock({ autoAdvance: true });
  const hooks = await openHooks({ storage, logger, clock, http: scriptedHttpClient() });
  await register(hooks, "a");
  await publish(hooks);
  await value(hooks.worker().start());
  await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
}

describe.each<[how: string, log: () => unknown]>([
  [
    "throws",
    () => {
      throw new Error("a bug in the logger");
    },
  ],
  ["answers a promise that rejects", () => Promise.reject(new Error("a bug in the logger"))],
])("a logger that %s", (_how, log) => {
  it("harms no attempt: what was sent is recorded, and sent once", async () => {
    const [logger, http] = [brokenLogger(log), scriptedHttpClient()];
    const hooks = await openHooks({ logger, http, clock: createFakeClock({ autoAdvance: true }) });
    await register(hooks, "a");
    await publish(hooks, 3);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 3 });
    expect(http.requests).toHaveLength(3);
    expect(logger.told.filter((message) => message === "delivered")).toHaveLength(3);
  });

  it("does not end the process if an outcome cannot be recorded", async () => {
    const logger = brokenLogger(log);
    let left = 1;
    const storage = wrapStorage(memoryStorage(), ({ writer }) => ({
      writer: {
        append: (commit) =>
          commit.streams.some(({ events }) => events.some(({ type }) => type === "DeliverySucceeded")) && left-- > 0
            ? errAsync(storageError("unreachable", "refused for the test"))
            : writer.append(commit),
      },
    }));
    await deliverOne(storage, logger);
    expect(logger.told).toContainEqual(expect.stringContaining("could not be recorded"));
  });

  it("does not end a worker in the background, which tries again if it could not look for work", async () => {
    const logger = brokenLogger(log);
    let left = 1;
    const storage = wrapStorage(memoryStorage(), ({ queue }) => ({
      queue: {
        ...queue,
        claim: (...how) =>
          left-- > 0 ? errAsync(storageError("disconnected", "refused for the test")) : queue.claim(...how),
      },
    }));
    await deliverOne(storage, logger);
    expect(logger.told).toContainEqual(expect.stringContaining("could not look for due deliveries"));
  });

  it("does not break off a copy", async () => {
    const logger = brokenLogger(log);
    const onProgress = () => {
      throw new Error("a bug in the application");
    };
    const [from, to] = [memoryStorage(), memoryStorage()];
    await register(await openHooks({ storage: from }), "a");
    await value(copyLedger({ from, to, logger, onProgress }));
    expect(logger.told).toContainEqual(expect.stringContaining("onProgress threw"));
  });
});

it("a logger may answer with anything, and its methods keep their this", async () => {
  class Remembering {
    readonly told: string[] = [];
    info(message: string): string {
      this.told.push(message);
      return "then what";
    }
    warn = this.info;
    error = this.info;
  }
  const logger = new Remembering();
  const hooks = await openHooks({ logger, http: scriptedHttpClient() });
  await register(hooks, "a");
  await publish(hooks);
  await value(hooks.worker().runUntilIdle());
  expect(logger.told).toContain("delivered");
});
