import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { inProcessSigner } from "../../../src/adapters/system/index.ts";
import { aesGcmCipher, type SecretCipher } from "../../../src/index.ts";
import type { Signer } from "../../../src/ports/signer.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, pass, publish, register, states, urlOf } from "../../support/deliver-to.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** Its first `times` outcomes are rejected promises, which no storage may answer with. */
function rejectingOutcomes(adapter: StorageAdapter, times: number): StorageAdapter {
  let left = times;
  return wrapStorage(adapter, ({ writer }) => ({
    writer: {
      append(commit) {
        const isOutcome = commit.streams.some(({ events }) => events.some(({ type }) => type === "DeliverySucceeded"));
        if (!isOutcome || left === 0) return writer.append(commit);
        left -= 1;
        return new ResultAsync(Promise.reject(new Error("the storage has a bug")));
      },
    },
  }));
}

describe.each(storages)("a bug in the middle of an attempt, on $name", ({ create }) => {
  it("ends runUntilIdle with an error that names it, and the next run delivers", async () => {
    const storage = rejectingOutcomes(create(), 1);
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage, clock, http: scriptedHttpClient() });
    await register(hooks, "a");
    await publish(hooks);
    expect(await failure(hooks.worker().runUntilIdle())).toMatchObject({
      type: "StorageError",
      reason: "unexpected",
      cause: expect.objectContaining({ message: "the storage has a bug" }),
    });
    expect(await states(hooks)).toEqual({ pending: 1 });
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 1 });
  });

  it("is logged by a worker in the background, which goes on with its only slot, and can be stopped", async () => {
    const logger = createRecordingLogger();
    const clock = createFakeClock({ autoAdvance: true });
    const storage = rejectingOutcomes(create(), 1);
    const hooks = await openHooks({ storage, clock, logger, http: scriptedHttpClient() });
    await register(hooks, "a");
    await publish(hooks);
    const worker = hooks.worker({ concurrency: 1 });
    await value(worker.start());
    await vi.waitFor(() => expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" })));
    await publish(hooks, 3);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 4 }));
    await value(worker.stop());
  });
});

/** Its first call is a rejected promise. */
function buggyOnce<Given, T, E>(call: (given: Given) => ResultAsync<T, E>): (given: Given) => ResultAsync<T, E> {
  let left = 1;
  return (given) =>
    left-- > 0 ? new ResultAsync<T, E>(Promise.reject(new Error("the storage has a bug"))) : call(given);
}

describe.each(storages)("a bug outside the attempts, on $name", ({ create }) => {
  it("in a claim is logged by a worker in the background, which goes on", async () => {
    const storage = wrapStorage(create(), ({ queue }) => ({ queue: { ...queue, claim: buggyOnce(queue.claim) } }));
    const logger = createRecordingLogger();
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage, clock, logger, http: scriptedHttpClient() });
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" }));
    await value(hooks.close());
  });

  it("in a page that a follower reads is logged by the follower, which goes on", async () => {
    const storage = wrapStorage(create(), ({ reader }) => ({
      reader: { ...reader, readAll: buggyOnce(reader.readAll) },
    }));
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage, clock: createFakeClock({ autoAdvance: true }), logger });
    await register(hooks, "a");
    const types: string[] = [];
    const onEvents = (events: readonly { readonly type: string }[]) =>
      void types.push(...events.map(({ type }) => type));
    await value(hooks.ledger.follow({ name: "f", onEvents }));
    await vi.waitFor(() => expect(types).toEqual(["WebhookRegistered"]));
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" }));
    await value(hooks.close());
  });

  it("in beginning attempts frees what was claimed, and it is delivered once the worker looks again", async () => {
    const storage = create();
    const before = await openHooks({ storage });
    await register(before, "a");
    const buggy = wrapStorage(storage, ({ webhooks }) => ({ webhooks: { ...webhooks, get: buggyOnce(webhooks.get) } }));
    const [http, logger, clock] = [scriptedHttpClient(), createRecordingLogger(), createFakeClock()];
    const hooks = await openHooks({ storage: buggy, clock, logger, http });
    await publish(hooks, 3);
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" })));
    expect(http.requests).toEqual([]);
    await pass(clock, 1000);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 3 }));
    await value(hooks.close());
  });

  const broken: readonly [string, () => ReturnType<SecretCipher["decrypt"]>, string][] = [
    [
      "throws",
      () => {
        throw new TypeError("the value");
      },
      "the cipher threw (TypeError)",
    ],
    ["rejects", () => new ResultAsync(Promise.reject(new Error("the value"))), "the cipher threw (Error)"],
    ["never answers", () => new ResultAsync(new Promise(() => undefined)), "the cipher did not answer within 10 s"],
    ["answers no result", () => JSON.parse("5"), "the cipher threw (TypeError)"],
  ];

  it.each(broken)("in a cipher that %s fails that webhook's attempts alone", async (_, answer, message) => {
    const whole = aesGcmCipher({ keys: { a: new Uint8Array(32) }, current: "a" })._unsafeUnwrap();
    const cipher: SecretCipher = {
      ...whole,
      decrypt: (encrypted, place) => (place.webhookId === "odd" ? answer() : whole.decrypt(encrypted, place)),
    };
    const storage = create();
    const before = await openHooks({ storage, cipher: whole });
    for (const webhookId of ["odd", "even"]) await register(before, webhookId, { retryConfig: { maxRetries: 1 } });
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage, cipher, clock, http: scriptedHttpClient() });
    const [deliveryId = ""] = await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks, "odd")).toEqual({ exhausted: 1 });
    expect(await states(hooks, "even")).toEqual({ delivered: 1 });
    const [attempt] = await value(hooks.deliveries.attempts(deliveryId));
    expect(attempt?.failure).toEqual({ kind: "signing", message: expect.stringContaining(message) });
    expect(JSON.stringify(attempt)).not.toContain("the value");
  });

  it.each(broken)("in a cipher that %s as it encrypts refuses the registration", async (_, answer, message) => {
    const cipher: SecretCipher = {
      keyId: "a",
      decrypt: answer,
      encrypt: () => answer().map((text) => JSON.parse(text)),
    };
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage: create(), cipher, clock });
    const registered = hooks.webhooks.register({ url: urlOf("a"), events: [event] });
    expect(await failure(registered)).toMatchObject({ reason: "secrets", message: expect.stringContaining(message) });
    expect(await value(hooks.ledger.readAll({ limit: 10 }))).toEqual([]);
  });

  it("in a signer that makes no key ready fails that webhook's attempts alone", async () => {
    const signer: Signer = {
      ...inProcessSigner,
      keyFor(key) {
        if (key.webhookId === "odd") throw new Error("the signer has a bug");
        return inProcessSigner.keyFor(key);
      },
    };
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage: create(), clock, signer, http: scriptedHttpClient() });
    for (const webhookId of ["odd", "even"]) await register(hooks, webhookId, { retryConfig: { maxRetries: 1 } });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks, "odd")).toEqual({ exhausted: 1 });
    expect(await states(hooks, "even")).toEqual({ delivered: 1 });
    await value(hooks.close());
  });
});
