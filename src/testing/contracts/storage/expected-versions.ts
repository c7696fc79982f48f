import { describe, expect, it } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import { streamId, type DomainEvent } from "../../../domain/ledger/index.ts";
import type { Commit, ExpectedVersion } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import { claimOf } from "./claims.ts";
import {
  commit,
  deliveryStream,
  failed,
  record,
  registered,
  schedule,
  scheduled,
  succeeded,
  T0,
  webhookStream,
} from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const stream = webhookStream("a");
const moved = { type: "WebhookUrlChanged", data: { url: "https://b.example/" } } as const;

/** Brings a new delivery to a state, at version 2 in any case. */
async function bring(storage: Storage, deliveryId: string, state: "pending" | "cancelled"): Promise<void> {
  const cancelled: DomainEvent = { type: "DeliveryCancelled", data: { reason: "operator" } };
  await schedule(storage, deliveryId);
  await record(storage, deliveryStream(deliveryId), state === "pending" ? failed(1, T0) : cancelled);
}

/** Returns a redelivery and the erasure of its message. Each names the other's stream, without events. */
function redeliveryAndErasure(id: string, messageVersion = 0): { readonly [Name in "redelivery" | "erasure"]: Commit } {
  const delivery = { streamId: deliveryStream(id), expectedVersion: 2, events: [] };
  const message = { streamId: streamId("message", id), expectedVersion: messageVersion, events: [] };
  const requested: DomainEvent = { type: "RedeliveryRequested", data: { dueAt: toIso(T0) } };
  const erased: DomainEvent = { type: "MessageErased", data: {} };
  return {
    redelivery: { recordedAt: T0, streams: [{ ...delivery, events: [requested] }, message] },
    erasure: { recordedAt: T0, streams: [{ ...message, events: [erased] }, delivery] },
  };
}

export function registerExpectedVersionCases({ open }: Harnesses): void {
  const rightOnNew: readonly ExpectedVersion[] = ["no-stream", "any", 0];
  const wrongOnNew: readonly ExpectedVersion[] = ["stream-exists", 1, 2];
  const rightAtTwo: readonly ExpectedVersion[] = ["stream-exists", "any", 2];
  const wrongAtTwo: readonly ExpectedVersion[] = ["no-stream", 0, 1, 3];

  it.each(rightOnNew)("a new stream may be expected to be at %s", async (expected) => {
    const { storage } = await open();
    const appended = await valueOf(storage.writer.append(commit(stream, expected, [registered("a"), moved])));
    expect(appended).toEqual([{ streamId: stream, version: 2 }]);
  });

  it.each(wrongOnNew)("a new stream is not at %s: VersionConflict with actual 0", async (expected) => {
    const { storage } = await open();
    const error = await errorOf(storage.writer.append(commit(stream, expected, [registered("a")])));
    expect(error).toMatchObject({ type: "VersionConflict", streamId: stream, expected, actual: 0 });
    expect(error.message).toBe(`the stream webhook-a was expected to be at ${expected}, but is at version 0`);
  });

  it.each(wrongOnNew)(
    "nor is a new delivery's stream at %s, although the commit has its first event",
    async (expected) => {
      const { storage } = await open();
      const append = commit(deliveryStream("d"), expected, [scheduled("d")]);
      expect(await errorOf(storage.writer.append(append))).toMatchObject({ type: "VersionConflict", actual: 0 });
      expect(await valueOf(storage.deliveries.get("d"))).toBeNull();
    },
  );

  it.each(rightAtTwo)("a stream at version 2 may be expected to be at %s", async (expected) => {
    const { storage } = await open();
    await valueOf(storage.writer.append(commit(stream, "no-stream", [registered("a"), moved])));
    const appended = await valueOf(storage.writer.append(commit(stream, expected, [moved])));
    expect(appended).toEqual([{ streamId: stream, version: 3 }]);
  });

  it.each(wrongAtTwo)("a stream at version 2 is not at %s: VersionConflict with actual 2", async (expected) => {
    const { storage } = await open();
    await valueOf(storage.writer.append(commit(stream, "no-stream", [registered("a"), moved])));
    const error = await errorOf(storage.writer.append(commit(stream, expected, [moved])));
    expect(error).toMatchObject({ type: "VersionConflict", streamId: stream, expected, actual: 2 });
    expect(await valueOf(storage.reader.readStream(stream))).toHaveLength(2);
  });

  it("a stream without events is checked too, and the answer says where it stands", async () => {
    const { storage } = await open();
    await valueOf(storage.writer.append(commit(stream, "no-stream", [registered("a")])));
    expect(await valueOf(storage.writer.append(commit(stream, 1, [])))).toEqual([{ streamId: stream, version: 1 }]);
    expect(await errorOf(storage.writer.append(commit(stream, 2, [])))).toMatchObject({
      type: "VersionConflict",
      actual: 1,
    });
  });

  it("so is a delivery's stream without events that was claimed here and changed elsewhere", async () => {
    const { storage, another } = await open();
    await schedule(storage, "d");
    await valueOf(storage.queue.claim(() => claimOf({ owner: "A" })));
    const unchanged = commit(deliveryStream("d"), 1, []);
    expect(await valueOf(storage.writer.append(unchanged))).toEqual([{ streamId: deliveryStream("d"), version: 1 }]);
    const other = await another();
    await valueOf(other.writer.append(commit(deliveryStream("d"), 1, [succeeded])));
    expect(await errorOf(storage.writer.append(unchanged))).toMatchObject({ type: "VersionConflict", actual: 2 });
  });

  it("if a stream without events has moved on, nothing of the commit is appended", async () => {
    const { storage } = await open();
    await bring(storage, "d", "cancelled");
    const { redelivery, erasure } = redeliveryAndErasure("d");
    const [erased, refused] = await Promise.all([storage.writer.append(erasure), storage.writer.append(redelivery)]);
    expect(erased.isOk()).toBe(true);
    const conflict = { type: "VersionConflict", streamId: "message-d", actual: 1 };
    expect(refused.isErr() && refused.error).toMatchObject(conflict);
    expect(await valueOf(storage.deliveries.get("d"))).toMatchObject({ state: "cancelled", version: 2 });
    const again = redeliveryAndErasure("d", 1).redelivery;
    expect(await valueOf(storage.writer.append(again))).toEqual([
      { streamId: deliveryStream("d"), version: 3 },
      { streamId: "message-d", version: 1 },
    ]);
  });

  it("an append answers the streams in the order they were given", async () => {
    const { storage } = await open();
    const streams = ["c", "a", "b"].map((id) => ({
      streamId: webhookStream(id),
      expectedVersion: "no-stream" as const,
      events: [registered(id)],
    }));
    expect(await valueOf(storage.writer.append({ recordedAt: T0, streams }))).toEqual(
      ["webhook-c", "webhook-a", "webhook-b"].map((streamId) => ({ streamId, version: 1 })),
    );
  });

  describe("races", () => {
    const RACERS = 16;

    it("if many commits create one stream at once, over two storages, exactly one wins", async () => {
      const { storage, another } = await open();
      const storages = [storage, await another()];
      const results = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) => {
          const url = `https://racer-${racer}.example/`;
          const writer = (storages[racer % 2] ?? storage).writer;
          return writer.append(commit(stream, "no-stream", [registered("a", { url })])).map(() => url);
        }),
      );
      const winners = results.flatMap((result) => (result.isOk() ? [result.value] : []));
      const losers = results.flatMap((result) => (result.isErr() ? [result.error] : []));
      expect(winners).toHaveLength(1);
      expect(losers).toHaveLength(RACERS - 1);
      for (const loser of losers) {
        expect(loser).toMatchObject({ type: "VersionConflict", streamId: stream, expected: "no-stream", actual: 1 });
      }
      expect(await valueOf(storage.reader.readStream(stream))).toMatchObject([
        { version: 1, data: { url: winners[0] } },
      ]);
      expect(await valueOf(storage.webhooks.get("a"))).toMatchObject({ url: winners[0], version: 1 });
    });

    it("if many commits append at one version at once, exactly one wins", async () => {
      const { storage, another } = await open();
      const other = await another();
      await valueOf(storage.writer.append(commit(stream, "no-stream", [registered("a")])));
      const results = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) =>
          (racer % 2 === 0 ? storage : other).writer.append(commit(stream, 1, [moved])),
        ),
      );
      expect(results.filter((result) => result.isOk())).toHaveLength(1);
      expect(await valueOf(other.reader.readStream(stream))).toHaveLength(2);
    });

    const bothStates = ["pending", "cancelled"] as const;
    it.each(bothStates)(
      "of two commits that each rest on what the other changes, exactly one wins, for a %s delivery",
      async (state) => {
        const { storage, another } = await open();
        const other = await another();
        const ids = Array.from({ length: RACERS }, (_, racer) => `d${racer}`);
        for (const id of ids) await bring(storage, id, state);
        for (const [index, id] of ids.entries()) {
          const { redelivery, erasure } = redeliveryAndErasure(id);
          const commits = index % 2 === 0 ? [redelivery, erasure] : [erasure, redelivery];
          const results = await Promise.all(
            commits.map((one, place) => (place === 0 ? storage : other).writer.append(one)),
          );
          expect(results.flatMap((result) => (result.isErr() ? [result.error.type] : []))).toEqual(["VersionConflict"]);
        }
      },
    );

    it("many commits that append at any version at once all go through, each at a version of its own", async () => {
      const { storage, another } = await open();
      const other = await another();
      const appended = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) =>
          valueOf((racer % 2 === 0 ? storage : other).writer.append(commit(stream, "any", [moved]))),
        ),
      );
      const versions = appended.flat().map(({ version }) => version);
      expect(versions.toSorted((left, right) => left - right)).toEqual(
        Array.from({ length: RACERS }, (_, index) => index + 1),
      );
    });
  });
}
