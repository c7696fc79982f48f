import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import { commit, deliveryStream, everything, failed, schedule, succeeded, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerLateOutcomeCases({ open }: Harnesses): void {
  it("an outcome after another worker's is VersionConflict with the actual version, and changes nothing", async () => {
    const { storage, another } = await open();
    const other = await another();
    const stream = deliveryStream("d");
    await schedule(storage, "d");

    const [slow] = await valueOf(storage.queue.claim(() => ({ owner: "A", now: T0, leaseUntil: T0 + 100, limit: 1 })));
    const [quick] = await valueOf(
      other.queue.claim(() => ({ owner: "B", now: T0 + 100, leaseUntil: T0 + 200, limit: 1 })),
    );
    expect(quick).toEqual(slow);
    const version = slow?.version ?? 0;
    await valueOf(other.writer.append(commit(stream, version, [succeeded])));
    const before = await everything(storage);

    const late = commit(stream, version, [failed(1, T0 + 5000)], {
      responses: [{ deliveryId: "d", attempt: 1, excerpt: "late" }],
    });
    const error = await errorOf(storage.writer.append(late));

    expect(error).toMatchObject({ type: "VersionConflict", streamId: stream, expected: 1, actual: 2 });
    expect(await everything(other)).toEqual(before);
    expect(await valueOf(storage.deliveries.get("d"))).toMatchObject({ state: "delivered", version: 2 });
    expect(await valueOf(storage.responses.ofDeliveries(["d"]))).toEqual([]);
    expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
  });

  it("a late outcome does not end the next worker's lease", async () => {
    const { storage } = await open();
    const stream = deliveryStream("d");
    await schedule(storage, "d");
    await valueOf(storage.writer.append(commit(stream, 1, [failed(1, T0 + 10)])));
    const second = { owner: "B", now: T0 + 10, leaseUntil: T0 + 1000, limit: 1 };
    expect(await valueOf(storage.queue.claim(() => second))).toMatchObject([{ version: 2 }]);
    expect(await errorOf(storage.writer.append(commit(stream, 1, [succeeded])))).toMatchObject({
      type: "VersionConflict",
      actual: 2,
    });
    expect(await valueOf(storage.queue.claim(() => ({ ...second, owner: "C", now: T0 + 999 })))).toEqual([]);
  });
}
