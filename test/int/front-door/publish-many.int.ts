import { errAsync } from "neverthrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { webhooksChanged } from "../../../src/ports/ledger-writer.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, register, states } from "../../support/deliver-to.ts";
import { failure, openHooks, readLedger, everyStorage, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

type Given = Parameters<MemoryHooks["publishMany"]>[0];

const message = (time: number, idempotencyKey?: string) => ({ event, payload: { time }, idempotencyKey }) as const;
const many = (count: number) => Array.from({ length: count }, (_, time) => message(time));

describe.each(everyStorage)("publishMany on $name", ({ create }) => {
  async function openOne() {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    await register(hooks, "a");
    return { hooks, http };
  }

  it("answers in the order of the messages, each with its own delivery, which carries its own payload", async () => {
    const { hooks, http } = await openOne();
    const answers = await value(hooks.publishMany(many(40)));
    expect(answers).toHaveLength(40);
    await value(hooks.worker().runUntilIdle());
    const sent = new Map(
      http.requests.map(({ headers, body }) => [headers["webhook-id"], Buffer.from(body).toString()]),
    );
    expect(answers.map(({ messageId }) => sent.get(messageId))).toEqual(
      many(40).map(({ payload }) => JSON.stringify(payload)),
    );
    expect(await states(hooks)).toEqual({ delivered: 40 });
  });

  it("takes 1,000 messages or none, and refuses 1,001", async () => {
    const { hooks } = await openOne();
    expect(await value(hooks.publishMany([]))).toEqual([]);
    const before = await readLedger(hooks);
    expect(await failure(hooks.publishMany(many(1001)))).toMatchObject({
      ...{ type: "InvalidInput", field: "messages", index: null },
    });
    expect(await readLedger(hooks)).toEqual(before);
    expect(await value(hooks.publishMany(many(1000)))).toHaveLength(1000);
    expect(await states(hooks)).toEqual({ pending: 1000 });
  });

  it.each<[unknown, object]>([
    [null, { type: "InvalidInput", field: "messages", index: null }],
    [{ length: 1 }, { type: "InvalidInput", field: "messages", index: null }],
    ["ab", { type: "InvalidInput", field: "messages", index: null }],
    [[message(0), null], { type: "InvalidInput", field: "message", index: 1 }],
    [[message(0), message(1), 3], { type: "InvalidInput", field: "message", index: 2 }],
    [new Array(3), { type: "InvalidInput", field: "message", index: 0 }],
    [[message(0), { ...message(1), event: "never.heard" }], { type: "UnknownEventType", index: 1 }],
    [[{ ...message(0), payload: { time: Number.NaN } }], { type: "NotJson", index: 0 }],
    [[message(0), { ...message(1), idempotencyKey: "" }], { type: "InvalidInput", field: "idempotencyKey", index: 1 }],
    [[message(0), { ...message(1), tenantId: 7 }], { type: "InvalidInput", field: "tenantId", index: 1 }],
  ])("refuses %j with the index of what is wrong, and writes nothing", async (given, error) => {
    const { hooks } = await openOne();
    const before = await readLedger(hooks);
    expect(await failure(hooks.publishMany(given as Given))).toMatchObject(error);
    expect(await readLedger(hooks)).toEqual(before);
  });

  it.each<[when: string, given: Given]>([
    ["the look at the webhooks", many(3)],
    ["the look that a named webhook needs", [message(0), { ...message(1), webhookId: "a" }]],
    ["the look for a key", [message(0), message(1, "k")]],
    ["the append", many(3)],
    ["the look after the webhooks have changed", many(3)],
  ])("gives no index if the storage fails at %s, and writes nothing", async (when, given) => {
    const full = errAsync(storageError("full", "full"));
    let isChanged = false;
    const storage = wrapStorage(create(), ({ writer, webhooks, messages }) => ({
      writer: {
        append(commit) {
          if ((commit.messages ?? []).length === 0) return writer.append(commit);
          isChanged = true;
          return when === "the append" ? full : errAsync(webhooksChanged());
        },
      },
      webhooks: {
        ...webhooks,
        revision: () => (isChanged || when.includes("named webhook") ? full : webhooks.revision()),
        list: (tenantId) => (when === "the look at the webhooks" ? full : webhooks.list(tenantId)),
      },
      messages: {
        ...messages,
        findByIdempotencyKey: () => full,
      },
    }));
    const hooks = await openHooks({ storage });
    await register(hooks, "a");
    const before = await readLedger(hooks);
    expect(await failure(hooks.publishMany(given))).toMatchObject({
      type: "StorageError",
      reason: "full",
      index: null,
    });
    expect(await readLedger(hooks)).toEqual(before);
  });

  it("answers with the earlier publication for a key that was used before, or earlier in the list", async () => {
    const { hooks, http } = await openOne();
    const earlier = await value(hooks.publish(message(1, "before")));
    const answers = await value(
      hooks.publishMany([message(1, "before"), message(2, "new"), message(3), message(2, "new"), message(3)]),
    );
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([true, false, false, true, false]);
    expect(answers[0]).toEqual({ ...earlier, duplicate: true });
    expect(answers[3]).toEqual({ ...answers[1], duplicate: true });
    expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(4);
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(4);
  });

  it("treats the same key in another tenant as another key", async () => {
    const { hooks } = await openOne();
    const answers = await value(hooks.publishMany([message(1, "k"), { ...message(2, "k"), tenantId: "t" }]));
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, false]);
  });

  it("refuses a key for other content, with its index, whether it was used before or in the list", async () => {
    const { hooks } = await openOne();
    const { messageId } = await value(hooks.publish(message(1, "before")));
    const before = await readLedger(hooks);
    const reused = { type: "IdempotencyKeyReused" };
    expect(await failure(hooks.publishMany([message(0), message(2, "before")]))).toMatchObject({
      ...{ ...reused, idempotencyKey: "before", messageId, index: 1 },
    });
    expect(await failure(hooks.publishMany([message(0, "k"), message(1), message(2, "k")]))).toMatchObject({
      ...{ ...reused, idempotencyKey: "k", index: 2 },
    });
    expect(await readLedger(hooks)).toEqual(before);
  });

  it("makes one message for each key, and loses none, whatever two instances publish at once", async () => {
    const lists = fc.array(fc.array(fc.constantFrom(undefined, "k1", "k2", "k3"), { maxLength: 5 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lists, async (given) => {
        const storage = create();
        const [one, two] = [await openHooks({ storage }), await openHooks({ storage })];
        await register(one, "a");
        const publishing = given.map((keys, index) =>
          value((index % 2 === 0 ? one : two).publishMany(keys.map((key) => message(0, key)))),
        );
        const answers = await Promise.all(publishing);
        expect(answers.map(({ length }) => length)).toEqual(given.map(({ length }) => length));
        const byKey = given.flatMap((keys, list) =>
          keys.map((key, index) => [key, answers[list]?.[index]?.messageId] as const),
        );
        const keys = new Set(byKey.flatMap(([key]) => key ?? []));
        const unkeyed = byKey.filter(([key]) => key === undefined).length;
        for (const key of keys) {
          expect(new Set(byKey.filter(([other]) => other === key).map(([, messageId]) => messageId)).size).toBe(1);
        }
        expect(new Set(byKey.map(([, messageId]) => messageId)).size).toBe(unkeyed + keys.size);
        expect(answers.flat().filter(({ duplicate }) => !duplicate)).toHaveLength(unkeyed + keys.size);
        expect((await value(one.deliveries.list({ limit: 1000 }))).items).toHaveLength(unkeyed + keys.size);
      }),
      { numRuns: 20 },
    );
  });
});
