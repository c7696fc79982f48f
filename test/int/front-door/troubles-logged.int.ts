import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import type { Storage } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openHooks, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const event = "memory.updated";

describe("if the storage fails, the log tells the kind of the error, and none of its text", () => {
  const secret = "Bearer s3cret";

  class ServerError extends Error {
    override readonly name = "ServerError";
    readonly code = "22P02";
  }

  const refused = () => storageError("unexpected", `refused: ${secret}`, new ServerError(secret));
  const why = { error: "StorageError", reason: "unexpected", cause: "ServerError", code: "22P02" };

  let broken = false;

  /** The errors of the storage that are logged, once the worker has started. */
  async function linesOf(replace: (storage: Storage) => Partial<Storage>, answer = 204) {
    broken = false;
    const logger = createRecordingLogger();
    const hooks = await openHooks({
      ...{ logger, storage: wrapStorage(memoryStorage(), replace), clock: createFakeClock() },
      http: scriptedHttpClient(() => answer),
    });
    const settings = { events: [event], retryConfig: { maxRetries: 1 } } as const;
    await value(hooks.webhooks.register({ ...settings, webhookId: "w", url: "https://a.example/" }));
    await value(hooks.publish({ event, payload: { memory_id: "m" } }));
    broken = true;
    await value(hooks.worker().start());
    await value(hooks.ledger.follow({ name: "n", onEvents: () => undefined }));
    const errors = () => logger.entries.filter(({ level, facts }) => level === "error" && "reason" in facts);
    await vi.waitFor(() => expect(errors()).not.toEqual([]));
    await value(hooks.close());
    expect(JSON.stringify(logger.entries)).not.toContain(secret);
    return errors();
  }

  it("when an outcome cannot be recorded", async () => {
    const lines = await linesOf(({ writer }) => ({
      writer: {
        append: (commit) =>
          commit.streams.some(({ events }) => events.some(({ type }) => type === "DeliverySucceeded"))
            ? errAsync(refused())
            : writer.append(commit),
      },
    }));
    const message = expect.stringContaining("could not be recorded");
    expect(lines).toMatchObject([{ message, facts: { deliveryId: expect.any(String), ...why } }]);
  });

  it("when a webhook cannot be deactivated", async () => {
    const lines = await linesOf(({ queue }) => ({ queue: { ...queue, health: () => errAsync(refused()) } }), 410);
    const message = expect.stringContaining("could not be checked or deactivated");
    expect(lines).toMatchObject([{ message, facts: { webhookId: "w", ...why } }]);
  });

  it("when a follower cannot read the ledger", async () => {
    const lines = await linesOf(({ reader }) => ({ reader: { ...reader, readAll: () => errAsync(refused()) } }));
    const message = "a follower of the ledger could not go on; it tries again";
    expect(lines).toMatchObject([{ message, facts: { name: "n", ...why } }]);
  });

  it("when a worker cannot look for work", async () => {
    const lines = await linesOf(({ queue }) => ({ queue: { ...queue, claim: () => errAsync(refused()) } }));
    expect(lines).toMatchObject([
      { message: expect.stringContaining("could not look for due deliveries"), facts: why },
    ]);
  });

  it("when webhooks cannot be read, even if what was claimed for them cannot be given back", async () => {
    const lines = await linesOf(({ webhooks, queue }) => ({
      webhooks: { ...webhooks, get: (webhookId) => (broken ? errAsync(refused()) : webhooks.get(webhookId)) },
      queue: { ...queue, release: () => errAsync(storageError("disconnected", "a consequence")) },
    }));
    expect(lines).toMatchObject([
      { message: expect.stringContaining("could not look for due deliveries"), facts: why },
    ]);
  });
});
