import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import { commit, deliveryStream, message, registered, schedule, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerTransferCases({ open }: Harnesses): void {
  it.each([0, 1])("positions go on after the last one that was copied, with %i events there", async (events) => {
    const { storage } = await open();
    if (events > 0) await schedule(storage, "d");
    await valueOf(storage.transfer.restore({ lastPosition: 7 }));
    await valueOf(storage.transfer.restore({ lastPosition: 3 }));
    expect(await valueOf(storage.reader.settledPosition())).toBe(7);
    await valueOf(storage.writer.append(commit(webhookStream("a"), "no-stream", [registered("a")])));
    const ledger = await valueOf(storage.reader.readAll({ limit: 10 }));
    expect(ledger.map(({ position }) => position).at(-1)).toBe(8);
  });

  it("a checkpoint that is there moves on to the copied position, and never back", async () => {
    const { storage } = await open();
    for (const position of [3, 5, 4])
      await valueOf(storage.transfer.restore({ checkpoints: [{ name: "n", position }] }));
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([{ name: "n", position: 5 }]);
  });

  it("the last position is told even after its event was pruned", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    const cancelled = { type: "DeliveryCancelled", data: { reason: "operator" } } as const;
    await valueOf(storage.writer.append(commit(deliveryStream("d"), 1, [cancelled])));
    const last = await valueOf(storage.reader.settledPosition());
    expect(await valueOf(storage.retention.pruneDeliveries(T0 + 1, "", 10))).toMatchObject({ removed: 1 });
    expect(await valueOf(storage.reader.settledPosition())).toBe(last);
  });

  it("an event whose version its stream has at another position is refused, with all that comes beside it", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    const [event] = await valueOf(storage.reader.readAll({ limit: 1 }));
    const events = event === undefined ? [] : [{ ...event, position: 9 }];
    const refused = await errorOf(storage.transfer.restore({ events, messages: [message("m")], lastPosition: 9 }));
    expect(refused).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toEqual([event]);
    expect(await valueOf(storage.messages.get("m"))).toBeNull();
    expect(await valueOf(storage.reader.settledPosition())).toBeLessThan(9);
  });

  it("so is a message whose idempotency key another has; one that is given twice is kept as first given", async () => {
    const { storage } = await open();
    const [first, other] = [message("m", { idempotencyKey: "k" }), message("n", { idempotencyKey: "k" })];
    const twice = message("m", { body: "{}" });
    await valueOf(storage.transfer.restore({ messages: [first, twice] }));
    const checkpoints = [{ name: "n", position: 3 }];
    const refused = await errorOf(storage.transfer.restore({ messages: [message("l"), other], checkpoints }));
    expect(refused).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await valueOf(storage.transfer.messages("", 9))).toEqual([first]);
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "k"))).toEqual(first);
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([]);
  });
}
