import { expect, it } from "vitest";
import type { Commit } from "../../../ports/commit.ts";
import { errorOf, valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, everything, failed, message, schedule, secret, succeeded, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

/** Returns A's failed attempt at "d", at the version under which it was claimed, with all that may go with it. */
function outcome(now: number, other: Partial<Commit> = {}): Commit {
  return commit(deliveryStream("d"), 1, [failed(1, now + 5000)], {
    fences: [{ deliveryId: "d", owner: "A", now }],
    responses: [{ deliveryId: "d", attempt: 1, excerpt: "no" }],
    health: [{ webhookId: "webhook-1", at: now, failing: true, pausedUntil: now + 60_000 }],
    messages: [message("m", { idempotencyKey: "key" })],
    secrets: [{ op: "put", secret: secret("s") }],
    ...other,
  });
}

export function registerFenceCases({ open }: Harnesses): void {
  it("if another owner holds the lease, the append is LeaseLost: nothing is written, and the other keeps the lease", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    await claimed(storage, { leaseUntil: T0 + 10 });
    await claimed(other, { owner: "B", now: T0 + 10, leaseUntil: T0 + 1000 });
    const before = await everything(storage);
    const revision = await valueOf(storage.webhooks.revision());
    expect(await errorOf(storage.writer.append(outcome(T0 + 999)))).toMatchObject({
      type: "LeaseLost",
      deliveryId: "d",
    });
    expect(await everything(storage)).toEqual(before);
    expect(await valueOf(storage.responses.ofDeliveries(["d"]))).toEqual([]);
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key"))).toBeNull();
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([]);
    expect(await valueOf(storage.queue.health("webhook-1"))).toEqual({ failingSince: null, pausedUntil: null });
    expect(await valueOf(storage.webhooks.revision())).toBe(revision);
    expect(await claimed(storage, { owner: "C", now: T0 + 999 })).toEqual([]);
    expect(await claimed(storage, { owner: "C", now: T0 + 1000 })).toHaveLength(1);
  });

  it.each([
    ["the owner's own", [{ owner: "A", now: T0, leaseUntil: T0 + 1000 }], null],
    ["over, and nobody else's", [{ owner: "A", now: T0, leaseUntil: T0 + 5 }], null],
    ["nobody's, for it was released", [{ owner: "B", now: T0, leaseUntil: T0 + 1000 }], "B"],
    ["another's, but over at that very millisecond", [{ owner: "B", now: T0, leaseUntil: T0 + 10 }], null],
    ["nobody's, and never was", [], null],
  ])("the commit goes through if the lease is %s", async (_whose, claims, releases) => {
    const { storage } = await open();
    await schedule(storage, "d");
    for (const claim of claims) expect(await claimed(storage, claim)).toHaveLength(1);
    if (releases !== null) await valueOf(storage.queue.release(releases, ["d"]));
    expect(await valueOf(storage.writer.append(outcome(T0 + 10)))).toEqual([{ streamId: "delivery-d", version: 2 }]);
    expect(await valueOf(storage.deliveries.get("d"))).toMatchObject({ attempts: 1, nextAttemptAt: T0 + 5010 });
  });

  it("a fence on an unknown delivery holds nothing back", async () => {
    const { storage } = await open();
    const fences = [{ deliveryId: "unknown", owner: "A", now: T0 }];
    expect(await valueOf(storage.writer.append(commit("message-m", "any", [], { fences })))).toHaveLength(1);
  });

  it.each<[what: string, other: Partial<Commit>]>([
    ["a secret", { secrets: [{ op: "put", secret: secret("s") }] }],
    ["its stream as it is", { streams: [{ streamId: deliveryStream("d"), expectedVersion: 1, events: [] }] }],
    ["another stream as it is", { streams: [{ streamId: deliveryStream("e"), expectedVersion: 1, events: [] }] }],
    ["nothing", {}],
  ])("a fence holds back whatever the commit holds: %s", async (_what, other) => {
    const { storage, another } = await open();
    for (const id of ["d", "e"]) await schedule(storage, id);
    // So that this storage remembers the delivery as it was when A held it.
    await claimed(storage, { leaseUntil: T0 + 10 });
    await claimed(await another(), { owner: "B", now: T0 + 10, leaseUntil: T0 + 1000 });
    const fenced = (now: number): Commit => ({
      ...{ recordedAt: T0, streams: [], fences: [{ deliveryId: "d", owner: "A", now }] },
      ...other,
    });
    expect(await errorOf(storage.writer.append(fenced(T0 + 999)))).toMatchObject({
      ...{ type: "LeaseLost", deliveryId: "d" },
    });
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([]);
    await valueOf(storage.writer.append(fenced(T0 + 1000)));
  });

  it("one of several fences is enough to hold the commit back", async () => {
    const { storage } = await open();
    for (const id of ["d", "e", "f"]) await schedule(storage, id);
    await claimed(storage, { owner: "B", deliveryIds: ["e"] });
    const fences = ["f", "e", "d"].map((deliveryId) => ({ deliveryId, owner: "A", now: T0 }));
    expect(await errorOf(storage.writer.append(outcome(T0, { fences })))).toMatchObject({
      ...{ type: "LeaseLost", deliveryId: "e" },
    });
  });

  it("without a fence, a success goes through whoever holds the lease, and ends the lease", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await claimed(storage, { owner: "B" });
    await valueOf(storage.writer.append(commit(deliveryStream("d"), 1, [succeeded])));
    expect(await valueOf(storage.deliveries.get("d"))).toMatchObject({ state: "delivered" });
    expect(await claimed(storage, { owner: "C", now: T0 + 5000 })).toEqual([]);
  });

  it("if the stream has moved on as well, the append is LeaseLost, so that what another holds is not decided again", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await valueOf(storage.writer.append(commit(deliveryStream("d"), 1, [failed(1, T0)])));
    await claimed(storage, { owner: "B" });
    expect(await errorOf(storage.writer.append(outcome(T0)))).toMatchObject({ type: "LeaseLost" });
    await valueOf(storage.queue.release("B", ["d"]));
    const conflict = { type: "VersionConflict", streamId: "delivery-d", expected: 1, actual: 2 };
    expect(await errorOf(storage.writer.append(outcome(T0)))).toMatchObject(conflict);
  });
}
