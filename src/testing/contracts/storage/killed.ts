import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import {
  commit,
  deliveryStream,
  everything,
  failed,
  message,
  record,
  registered,
  schedule,
  scheduled,
  secret,
  T0,
  webhookStream,
} from "./facts.ts";
import type { Harnesses } from "./opening.ts";

/** Cases for a harness that can say what a killed process would leave. */
export function registerKilledCases({ open }: Harnesses): void {
  async function opened() {
    const { storage, afterKill } = await open();
    if (afterKill === undefined) throw new Error("the harness has afterKill for some of its data only");
    return { storage, afterKill };
  }

  it("an append that has answered has left all of its commit", async () => {
    const { storage, afterKill } = await opened();
    const whole = commit(webhookStream("a"), "no-stream", [registered("a")], {
      messages: [message("m", { idempotencyKey: "key" })],
      secrets: [{ op: "put", secret: secret("s", { webhookId: "a" }) }],
      responses: [{ deliveryId: "d", attempt: 1, excerpt: "no" }],
      health: [{ webhookId: "a", at: T0, failing: true, pausedUntil: T0 + 5 }],
    });
    await valueOf(storage.writer.append(whole));
    await schedule(storage, "d", { webhookId: "a" });
    await record(storage, deliveryStream("d"), failed(1, T0 + 5));
    expect(await contentsOf(await afterKill())).toEqual(await contentsOf(storage));
  });

  it("appends that were made at once have left all of their commits when the first has answered", async () => {
    const { storage, afterKill } = await opened();
    const ids = Array.from({ length: 20 }, (_, index) => `d${index}`);
    const appends = ids.map((id) =>
      valueOf(storage.writer.append(commit(deliveryStream(id), "no-stream", [scheduled(id)]))).then(() => id),
    );
    const first = await Promise.race(appends);
    const left = await everything(await afterKill());
    await Promise.all(appends);
    expect(left.events.map(({ streamId }) => streamId)).toContain(deliveryStream(first));
    expect(left.deliveries.map(({ deliveryId }) => deliveryId)).toContain(first);
  });

  it("a claim that has answered has left its leases, as renewed and as released", async () => {
    const { storage, afterKill } = await opened();
    for (const id of ["a", "b"]) await schedule(storage, id);
    expect(await claimed(storage, { leaseUntil: T0 + 1000 })).toHaveLength(2);
    expect(await claimed(await afterKill(), { owner: "B", now: T0 + 999 })).toEqual([]);
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["a"], leaseUntil: T0 + 2000 })));
    await valueOf(storage.queue.release("A", ["b"]));
    const left = await afterKill();
    expect(await claimed(left, { owner: "B", now: T0 + 1999 })).toMatchObject([{ deliveryId: "b" }]);
    expect(await claimed(left, { owner: "B", now: T0 + 2000 })).toMatchObject([{ deliveryId: "a" }]);
  });

  it("a follower that has advanced has left its position", async () => {
    const { storage, afterKill } = await opened();
    const lead = { name: "n", owner: "A", now: T0, until: T0 + 1000 };
    await valueOf(storage.checkpoints.lead(lead, 3));
    await valueOf(storage.checkpoints.advance(lead, 3, 5));
    const left = await afterKill();
    expect(await valueOf(left.checkpoints.lead({ ...lead, owner: "B" }, 0))).toBeNull();
    expect(await valueOf(left.transfer.checkpoints())).toEqual([{ name: "n", position: 5 }]);
  });

  it("what was erased and pruned has not come back", async () => {
    const { storage, afterKill } = await opened();
    for (const id of ["erased", "pruned"]) {
      const publish = commit(`message-${id}`, "any", [], { messages: [message(id, { subject: "someone" })] });
      await valueOf(storage.writer.append(publish));
    }
    const erased = { type: "MessageErased", data: {} } as const;
    await valueOf(storage.writer.append(commit("message-erased", "any", [erased], { erasures: ["erased"] })));
    await valueOf(storage.retention.pruneMessages(T0 + 1, "erased", 1));
    const left = await afterKill();
    expect(await valueOf(left.messages.get("erased"))).toMatchObject({ body: "", subject: null, erasedAt: T0 });
    expect(await valueOf(left.messages.get("pruned"))).toBeNull();
  });
}

async function contentsOf(storage: Storage) {
  return {
    ...(await everything(storage)),
    message: await valueOf(storage.messages.findByIdempotencyKey("", "key")),
    secrets: await valueOf(storage.secrets.ofWebhook("a", T0)),
    responses: await valueOf(storage.responses.ofDeliveries(["d"])),
    health: await valueOf(storage.queue.health("a")),
    revision: await valueOf(storage.webhooks.revision()),
    settled: await valueOf(storage.reader.settledPosition()),
  };
}
