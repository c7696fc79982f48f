import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { defineEvents, type EventCatalogue } from "../../../src/index.ts";
import { versionConflict } from "../../../src/ports/ledger-writer.ts";
import { storageError, type StorageErrorReason } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const event = "memory.updated";
const webhook = { webhookId: "w-1", url: "http://127.0.0.1:9/hooks", events: [event] } as const;
const payload = { memory_id: "m-1" };

describe.each(storages)("trouble on $name", ({ create }) => {
  /** Refuses the next `times` outcomes of deliveries. */
  async function refusingOutcomes(reason: StorageErrorReason, times: number) {
    let left = times;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const outcome = commit.streams.some(({ events }) => events.some(({ type }) => type === "DeliverySucceeded"));
          if (!outcome || left === 0) return writer.append(commit);
          left -= 1;
          return errAsync(storageError(reason, "refused for the test"));
        },
      },
    }));
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage, http, clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register(webhook));
    await value(hooks.publish({ event, payload }));
    return { hooks, http };
  }

  it("an outcome that the storage refuses for a moment is recorded later, and no request is repeated", async () => {
    const { hooks, http } = await refusingOutcomes("locked", 5);
    await value(hooks.worker().runUntilIdle());
    expect((await value(hooks.deliveries.list())).items).toMatchObject([{ state: "delivered", attempts: 1 }]);
    expect(http.requests).toHaveLength(1);
  });

  it("so is an outcome that must be decided again, even if the delivery cannot be read for a moment", async () => {
    const left = { conflicts: 1, reads: 0 };
    const storage = wrapStorage(create(), ({ writer, reader }) => ({
      writer: {
        append(commit) {
          const [stream] = commit.streams;
          const isOutcome = stream?.events.some(({ type }) => type === "DeliverySucceeded") === true;
          return isOutcome && left.conflicts-- > 0
            ? errAsync(versionConflict(stream.streamId, stream.expectedVersion, 9))
            : writer.append(commit);
        },
      },
      reader: {
        ...reader,
        readStream: (id) =>
          left.reads-- > 0 ? errAsync(storageError("disconnected", "refused for the test")) : reader.readStream(id),
      },
    }));
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage, http, clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register(webhook));
    await value(hooks.publish({ event, payload }));
    left.reads = 1;
    await value(hooks.worker().runUntilIdle());
    expect(left.reads).toBe(0);
    expect((await value(hooks.deliveries.list())).items).toMatchObject([{ state: "delivered", attempts: 1 }]);
    expect(http.requests).toHaveLength(1);
  });

  it("an outcome that the storage refuses for good ends runUntilIdle with the error", async () => {
    const { hooks } = await refusingOutcomes("unreachable", 1);
    expect(await failure(hooks.worker().runUntilIdle())).toMatchObject({ type: "StorageError", reason: "unreachable" });
  });

  it("an outcome that cannot be recorded while the lease lasts ends runUntilIdle with the error", async () => {
    const { hooks } = await refusingOutcomes("locked", Number.MAX_SAFE_INTEGER);
    expect(await failure(hooks.worker().runUntilIdle())).toMatchObject({ type: "StorageError", reason: "locked" });
  });

  it("what is published while a worker waits after a failed claim is claimed when the wait is over", async () => {
    let fails = true;
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        claim: (request) =>
          fails ? errAsync(storageError("disconnected", "refused for the test")) : queue.claim(request),
      },
    }));
    const [http, clock, logger] = [scriptedHttpClient(), createFakeClock(), createRecordingLogger()];
    const hooks = await openHooks({ storage, http, clock, logger });
    await value(hooks.webhooks.register(webhook));
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    expect(logger.entries.at(-1)).toMatchObject({
      message: expect.stringContaining("could not look for due deliveries"),
    });
    fails = false;
    await value(hooks.publish({ event, payload }));
    expect(http.requests).toEqual([]);
    clock.advance(1000);
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    // From then on, publishes wake it again.
    await value(hooks.publish({ event, payload }));
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
  });

  it("damaged header values in the secret store are an error that names the webhook", async () => {
    const storage = wrapStorage(create(), ({ secrets }) => ({
      secrets: {
        ...secrets,
        ofWebhook: (webhookId, now) =>
          secrets
            .ofWebhook(webhookId, now)
            .map((stored) => stored.map((one) => (one.kind === "headers" ? { ...one, value: "{damaged" } : one))),
      },
    }));
    const hooks = await openHooks({ storage, http: scriptedHttpClient() });
    const registered = hooks.webhooks.register({ ...webhook, headers: { "X-A": "1" }, retryConfig: { maxRetries: 1 } });
    expect(await failure(registered)).toMatchObject({ type: "StorageError", message: expect.stringContaining("w-1") });
    const { deliveries } = await value(hooks.publish({ event, payload }));
    await value(hooks.worker().runUntilIdle());
    const [attempt] = await value(hooks.deliveries.attempts(deliveries[0]?.deliveryId ?? ""));
    expect(attempt?.failure).toMatchObject({ kind: "signing", message: expect.stringContaining("w-1") });
  });

  it.each(["null", "5", '"yes"', "[]"])(
    "a schema that answers %s is an invalid payload, for publish and dispatch",
    async (answer) => {
      const events = badCatalogue(answer);
      const hooks = await openHooks({ storage: create(), events });
      for (const call of [
        hooks.publish({ event: "bad.schema", payload }),
        hooks.dispatch({ event: "bad.schema", payload }),
      ]) {
        expect(await failure<unknown, { readonly type: string }>(call.map(() => null))).toMatchObject({
          type: "InvalidPayload",
        });
      }
    },
  );
});

/** A validator that breaks the Standard Schema contract, as one in JavaScript may. */
function badCatalogue(answer: string): EventCatalogue {
  const validate = (): unknown => JSON.parse(answer);
  const catalogue: unknown = { "bad.schema": { "~standard": { version: 1, vendor: "test", validate } } };
  if (!isCatalogue(catalogue)) throw new Error("not even the outer form of a catalogue");
  return defineEvents(catalogue);
}

function isCatalogue(value: unknown): value is EventCatalogue {
  return typeof value === "object" && value !== null;
}
