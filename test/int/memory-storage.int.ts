import { expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { openOver } from "../../src/adapters/memory/open-over.ts";
import { createState, type ProjectedState } from "../../src/adapters/memory/state.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { storageContract, type Tampering, type Tamperings } from "../../src/testing/contracts/storage-contract.ts";
import { record } from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { openAtOnce } from "../../src/testing/contracts/storage/opening.ts";

storageContract("memory", {
  async create(openers) {
    const adapter = memoryStorage();
    const storages: Storage[] = [];
    const open = async () => {
      const storage = await valueOf(adapter.open());
      storages.push(storage);
      return storage;
    };
    return {
      ...(await openAtOnce(open, openers)),
      another: open,
      async dispose() {
        for (const storage of storages) await valueOf(storage.close());
      },
    };
  },
});

/** The adapter keeps its data to itself, so this harness holds the data and opens storages over it. */
storageContract("memory, with hands on its projections", {
  create: async (openers) => {
    const state = createState();
    const opened: Storage[] = [];
    const open = async () => {
      const storage = openOver(state);
      opened.push(storage);
      return storage;
    };
    return {
      ...(await openAtOnce(open, openers)),
      another: open,
      holds: async (text) => JSON.stringify(state, withContents).includes(text),
      tamper: async (projection, id, how) => tamper(state.projected, projection, id, how),
      async dispose() {
        for (const storage of opened) await valueOf(storage.close());
      },
    };
  },
});

/** For JSON, which would leave out what is in maps and sets. */
function withContents(_: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

function tamper(
  { webhooks, deliveries, deliveryIds, pending }: ProjectedState,
  projection: keyof Tamperings,
  id: string,
  how: Tampering,
): void {
  if (projection === "webhooks") {
    spoil(webhooks, id, how, (row) => ({ ...row, url: "https://tampered.example/" }));
  } else if (projection === "queue") {
    spoil(pending, id, how, (row) => row);
  } else {
    spoil(deliveries, id, how, (row) => ({ ...row, attempts: 99 }));
    if (how === "rename") deliveryIds.add(`${id}-renamed`);
  }
}

function spoil<Row>(rows: Map<string, Row>, id: string, how: Tampering, changed: (row: Row) => Row): void {
  const row = rows.get(id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  if (how === "change") rows.set(id, changed(row));
  else rows.delete(id);
  if (how === "rename") rows.set(`${id}-renamed`, row);
}

it("each memory storage adapter has data of its own", async () => {
  const [one, two] = [memoryStorage(), memoryStorage()];
  const first = await valueOf(one.open());
  const second = await valueOf(two.open());
  const events = [{ type: "WebhookActivated", data: {} } as const];
  await record(first, "webhook-a", ...events);
  expect(await valueOf(first.reader.readAll({ limit: 9 }))).toHaveLength(1);
  expect(await valueOf(second.reader.readAll({ limit: 9 }))).toEqual([]);
});

it("what is read is frozen, so a reader cannot change what the next one reads", async () => {
  const storage = await valueOf(memoryStorage().open());
  const events = [{ type: "WebhookSubscriptionChanged", data: { events: ["memory.updated"] } } as const];
  await record(storage, "webhook-a", ...events);
  const [event] = await valueOf(storage.reader.readAll({ limit: 9 }));
  expect(Object.isFrozen(event) && Object.isFrozen(event?.data) && Object.isFrozen(event?.metadata)).toBe(true);
});

it("an event that JSON would spoil is refused, not stored damaged", async () => {
  const storage = await valueOf(memoryStorage().open());
  const events = [{ type: "DeliverySucceeded", data: { attempt: 1, statusCode: Number.NaN, durationMs: 1 } } as const];
  const streams = [{ streamId: "delivery-a", expectedVersion: "any" as const, events }];
  expect((await storage.writer.append({ recordedAt: 0, streams }))._unsafeUnwrapErr()).toEqual({
    type: "StorageError",
    reason: "unexpected",
    retryable: false,
    message: "a DeliverySucceeded cannot be stored: as JSON, its data does not have the form of a DeliverySucceeded",
  });
  expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toEqual([]);
});
