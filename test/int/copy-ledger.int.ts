import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { copyLedger, type Copied } from "../../src/index.ts";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import type { Restoration } from "../../src/ports/transfer.ts";
import { message } from "../../src/testing/contracts/storage/facts.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { pairs } from "../support/ledger-pairs.ts";
import { failure, openHooks, readLedger, value } from "../support/open-hooks.ts";
import { createGate } from "../support/gate.ts";
import { wrapStorage } from "../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hook";
const event = "memory.updated";
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** A ledger with a bit of everything: delivered, retried, erased, pending; secrets, answers, a follower. */
async function live(storage: StorageAdapter, messages = 30) {
  const clock = createFakeClock();
  let status = 500;
  const http = scriptedHttpClient(() => ({ statusCode: status, body: "it is down" }));
  const hooks = await openHooks({ storage, http, clock });
  await value(hooks.webhooks.register({ webhookId: "a", url, events: [event], secret, headers: { "x-a": "1" } }));
  await value(hooks.webhooks.register({ webhookId: "b", url, events: [event], active: false }));
  const publish = (n: number) =>
    ({ event, payload: { memory_id: `m-${n}` }, idempotencyKey: `k-${n}`, subject: "s" }) as const;
  await value(hooks.publish(publish(0)));
  const worker = hooks.worker();
  await value(worker.start());
  while (http.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
  await value(worker.stop());
  await value(hooks.messages.erase({ subject: "s" }));
  status = 204;
  for (let n = 1; n <= messages; n += 1) await value(hooks.publish(publish(n)));
  const handed = createGate<undefined>();
  await value(hooks.ledger.follow({ name: "follower", onEvents: () => handed.open(undefined), batchSize: 1000 }));
  await handed.opened;
  await value(hooks.close());
  return { clock, messages };
}

/** Two messages with one idempotency key: no storage takes them. */
const refused = ["1", "2"].map((messageId) => message(messageId, { idempotencyKey: "k" }));

describe.each(pairs)("copying a ledger from $name", ({ from, to }) => {
  it("copies the whole ledger, and what was pending goes on in the target", async () => {
    const [source, target] = [from(), to()];
    const { clock, messages } = await live(source);
    const told: Copied[] = [];
    const copied = await value(copyLedger({ from: source, to: target, onProgress: (soFar) => told.push(soFar) }));
    expect(copied).toMatchObject({ messages: messages + 1, responses: 0 });
    expect(told.at(-1)).toEqual(copied);

    const http = scriptedHttpClient();
    const [old, moved] = [await openHooks({ storage: source }), await openHooks({ storage: target, http, clock })];
    const ledger = await readLedger(old);
    expect(await readLedger(moved)).toEqual(ledger);
    expect(copied.events).toBe(ledger.length);
    expect((await value(moved.webhooks.get("a")))?.secret).toBe(secret);
    expect((await value(moved.webhooks.get("a")))?.headers).toEqual({ "x-a": "1" });
    expect(await value(moved.webhooks.list({ activeOnly: false }))).toEqual(
      await value(old.webhooks.list({ activeOnly: false })),
    );
    expect(
      await value(moved.publish({ event, payload: { memory_id: "m-1" }, idempotencyKey: "k-1", subject: "s" })),
    ).toMatchObject({
      duplicate: true,
    });
    await value(moved.worker().runUntilIdle());
    expect(http.requests).toHaveLength(messages);
    await value(moved.webhooks.register({ url, events: [event] }));
    const positions = (await readLedger(moved)).map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((left, right) => left - right));
    expect((await value(moved.ledger.verify())).differences).toEqual([]);
  });

  it("keeps what waits for a paused webhook waiting in the target, until it is resumed", async () => {
    const [source, target] = [from(), to()];
    const old = await openHooks({ storage: source });
    for (const webhookId of ["paused", "other"])
      await value(old.webhooks.register({ webhookId, url, events: [event] }));
    await value(old.webhooks.update("paused", { paused: true }));
    await value(old.publish({ event, payload: {} }));
    await value(old.close());
    await value(copyLedger({ from: source, to: target }));
    const moved = await openHooks({ storage: target, http: scriptedHttpClient() });
    const worker = moved.worker();
    const states = async () =>
      (await value(moved.deliveries.list({}))).items.map(({ webhookId, state }) => `${webhookId}: ${state}`).sort();
    await value(worker.start());
    await vi.waitFor(async () => expect(await states()).toEqual(["other: delivered", "paused: pending"]));
    await value(moved.webhooks.update("paused", { paused: false }));
    await value(worker.runUntilIdle());
    expect(await states()).toEqual(["other: delivered", "paused: delivered"]);
  });

  it.each<[string, (storage: Storage, restoration: Restoration) => ReturnType<Storage["transfer"]["restore"]>]>([
    ["between two steps", () => errAsync(storageError("full", "no space left"))],
    ["in the middle of a step", ({ transfer }, restoration) => transfer.restore({ ...restoration, messages: refused })],
  ])("goes on with a copy that was broken off %s, and one more call changes nothing", async (_, breakOff) => {
    const [source, target] = [from(), to()];
    await live(source, 300);
    let left = 1;
    const breaking = wrapStorage(target, (storage) => ({
      transfer: {
        ...storage.transfer,
        restore: (restoration) => {
          left -= 1;
          return left < 0 ? breakOff(storage, restoration) : storage.transfer.restore(restoration);
        },
      },
    }));
    expect(await failure(copyLedger({ from: source, to: breaking }))).toMatchObject({ type: "StorageError" });
    const copied = await value(copyLedger({ from: source, to: target }));
    expect(await value(copyLedger({ from: source, to: target }))).toEqual(copied);
    const [old, moved] = [await openHooks({ storage: source }), await openHooks({ storage: target })];
    expect(await readLedger(moved)).toEqual(await readLedger(old));
    expect((await value(moved.ledger.verify())).differences).toEqual([]);
  });

  it("refuses a target with another ledger in it, and leaves it as it was", async () => {
    const [source, target] = [from(), to()];
    await live(source, 3);
    const other = await openHooks({ storage: target });
    await value(other.webhooks.register({ url, events: [event] }));
    const before = await readLedger(other);
    expect(await failure(copyLedger({ from: source, to: target }))).toMatchObject({
      type: "CopyDiffers",
      what: "events",
      message: "the events of the source and the target differ at position 1; copy into an empty target",
    });
    expect(await readLedger(other)).toEqual(before);
  });

  it("answers CopyDiffers if a secret was replaced after an earlier copy, and the error shows no secret", async () => {
    const [source, target] = [from(), to()];
    await live(source, 3);
    await value(copyLedger({ from: source, to: target }));
    const hooks = await openHooks({ storage: source });
    await value(hooks.webhooks.rotateSecret("a", { overlapSeconds: 0 }));
    await value(hooks.close());
    const error = await failure(copyLedger({ from: source, to: target }));
    expect(error).toMatchObject({
      type: "CopyDiffers",
      what: "secrets",
      message: "the secrets of the source and the target differ; empty the target, and copy again",
    });
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  it("gives new events positions above what a follower has seen, even if that was pruned", async () => {
    const [source, target] = [from(), to()];
    const { clock } = await live(source, 3);
    const hooks = await openHooks({ storage: source, clock, http: scriptedHttpClient() });
    await value(hooks.worker().runUntilIdle());
    clock.advance(1);
    await value(hooks.ledger.follow({ name: "follower", onEvents: () => undefined }));
    const { position } = (await readLedger(hooks)).at(-1) ?? { position: 0 };
    await value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) }));
    await value(hooks.close());
    await value(copyLedger({ from: source, to: target }));
    const moved = await openHooks({ storage: target });
    await value(moved.webhooks.register({ url, events: [event] }));
    expect((await readLedger(moved)).at(-1)?.position).toBeGreaterThan(position);
  });
});
