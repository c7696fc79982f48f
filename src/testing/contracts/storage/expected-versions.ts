import { expect, it } from "vitest";
import type { ExpectedVersion } from "../../../ports/commit.ts";
import { errorOf, valueOf } from "../results.ts";
import { claimOf } from "./claims.ts";
import {
  commit,
  deliveryStream,
  moved,
  registered,
  schedule,
  scheduled,
  succeeded,
  T0,
  webhookStream,
} from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { bring, redeliveryAndErasure } from "./redelivery-and-erasure.ts";

const stream = webhookStream("a");

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
}
