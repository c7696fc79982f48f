import { expect, it } from "vitest";
import type { WebhookEvent } from "../../../domain/webhook/index.ts";
import { UNTIL_RESUMED } from "../../../ports/delivery-queue.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, moved, record, registered, schedule, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const paused: WebhookEvent = { type: "WebhookPaused", data: {} };
const resumed: WebhookEvent = { type: "WebhookResumed", data: {} };
const YEARS = 10 * 365 * 86_400_000;

/** Returns which deliveries a claim finds. The leases end at once. */
async function idsAt(storage: Storage, now: number, deliveryIds?: readonly string[]): Promise<readonly string[]> {
  const claim = { now, leaseUntil: now, ...(deliveryIds && { deliveryIds }) };
  return (await claimed(storage, claim)).map(({ deliveryId }) => deliveryId).sort();
}

const told = (storage: Storage, webhookId: string, ...events: readonly WebhookEvent[]) =>
  record(storage, webhookStream(webhookId), ...events);

/** Registers the webhook "w", to which "a" is due, and another, to which "z" is due. */
async function withDue(storage: Storage): Promise<void> {
  for (const id of ["w", "other"]) await told(storage, id, registered(id));
  await schedule(storage, "a", { webhookId: "w" });
  await schedule(storage, "z", { webhookId: "other" });
}

const answered = (pausedUntil: number) => ({ health: [{ webhookId: "w", at: T0, failing: true, pausedUntil }] });

export function registerPauseByHandCases({ open }: Harnesses): void {
  it("holds back every claim to the webhook, however late, by any storage, even of named deliveries; others are served", async () => {
    const { storage, another } = await open();
    const other = await another();
    await withDue(storage);
    await told(storage, "w", paused);
    await schedule(other, "b", { webhookId: "w" });
    for (const of of [storage, other]) {
      expect(await idsAt(of, T0 + YEARS)).toEqual(["z"]);
      expect(await idsAt(of, T0 + YEARS, ["a", "b"])).toEqual([]);
      expect(await valueOf(of.queue.nextDueAt({ deliveryIds: ["a", "b"] }))).toBe(UNTIL_RESUMED);
      expect(await valueOf(of.queue.nextDueAt({ exceptWebhookIds: ["other"] }))).toBe(UNTIL_RESUMED);
      expect(await valueOf(of.queue.health("w"))).toEqual({ failingSince: null, pausedUntil: UNTIL_RESUMED });
      expect(await valueOf(of.queue.backlog(T0 + YEARS, ["w"]))).toEqual({ pending: 2, dueSince: null });
    }
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("once the webhook is resumed, all that has waited is due, and a pause that an answer asked for is over too", async () => {
    const { storage, another } = await open();
    await withDue(storage);
    await valueOf(storage.writer.append(commit("message-m", "any", [], answered(T0 + 300))));
    await told(storage, "w", paused);
    await schedule(storage, "b", { webhookId: "w" });
    await valueOf(storage.writer.append(commit("message-m", "any", [], answered(T0 + 500))));
    expect(await idsAt(storage, T0 + 500)).toEqual(["z"]);
    await told(storage, "w", resumed);
    expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: null });
    expect(await valueOf(storage.queue.backlog(T0, ["w"]))).toEqual({ pending: 2, dueSince: T0 });
    expect(await idsAt(await another(), T0)).toEqual(["a", "b"]);
    expect(await idsAt(storage, T0 + 500)).toEqual(["a", "b", "z"]);
  });

  it.each<[string, WebhookEvent]>([
    ["deactivated", { type: "WebhookDeactivated", data: { reason: "operator" } }],
    ["deleted", { type: "WebhookDeleted", data: {} }],
  ])("if the webhook is %s, what has waited is found again, so that a worker settles it", async (_, end) => {
    const { storage } = await open();
    await withDue(storage);
    await told(storage, "w", paused);
    await told(storage, "w", end);
    expect(await idsAt(storage, T0)).toEqual(["a", "z"]);
    expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: null });
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it.each([
    { events: [paused, resumed], found: ["a", "z"] },
    { events: [paused, resumed, paused], found: ["z"] },
  ])("is what the last of several changes in one commit says", async ({ events, found }) => {
    const { storage } = await open();
    await withDue(storage);
    await told(storage, "w", ...events);
    expect(await idsAt(storage, T0)).toEqual(found);
  });

  it("once ended, leaves what has waited due, even if the clock was set back since and another's lease ends before that time comes again", async () => {
    const { storage } = await open();
    await withDue(storage);
    await told(storage, "w", paused);
    expect(await claimed(storage)).toMatchObject([{ deliveryId: "z" }]);
    const hourLater = commit(webhookStream("w"), "any", [resumed], { recordedAt: T0 + 3_600_000 });
    await valueOf(storage.writer.append(hourLater));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0);
  });

  it("may come before there is any delivery to the webhook", async () => {
    const { storage } = await open();
    await told(storage, "w", registered("w"), paused);
    expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
    await schedule(storage, "a", { webhookId: "w" });
    expect(await idsAt(storage, T0 + YEARS)).toEqual([]);
    await told(storage, "w", resumed);
    expect(await idsAt(storage, T0)).toEqual(["a"]);
  });

  it("outlasts other changes of the webhook, as does a pause that an answer asked for", async () => {
    const { storage } = await open();
    await withDue(storage);
    await told(storage, "other", paused);
    await valueOf(storage.writer.append(commit("message-m", "any", [], answered(T0 + 300))));
    for (const id of ["w", "other"]) await told(storage, id, moved);
    expect(await idsAt(storage, T0 + 299)).toEqual([]);
    expect(await idsAt(storage, T0 + 300)).toEqual(["a"]);
  });

  it("is not made shorter by a pause that an answer asks for in the same commit, nor is one that an answer asked for", async () => {
    const { storage } = await open();
    await withDue(storage);
    await valueOf(storage.writer.append(commit("message-m", "any", [], answered(T0 + 500))));
    await valueOf(storage.writer.append(commit(webhookStream("w"), "any", [moved], answered(T0 + 300))));
    expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: T0 + 500 });
    await valueOf(storage.writer.append(commit(webhookStream("w"), "any", [paused], answered(T0 + 700))));
    expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: UNTIL_RESUMED });
  });

  it("is derived from the ledger by a rebuild, which leaves a pause that an answer asked for", async () => {
    const { storage } = await open();
    await withDue(storage);
    await told(storage, "other", paused);
    await told(storage, "w", paused, resumed);
    await valueOf(storage.writer.append(commit("message-m", "any", [], answered(T0 + 300))));
    await valueOf(storage.projections.rebuild());
    expect(await idsAt(storage, T0 + 299)).toEqual([]);
    expect(await idsAt(storage, T0 + 300)).toEqual(["a"]);
    await told(storage, "other", resumed);
    expect(await idsAt(storage, T0 + 300)).toEqual(["a", "z"]);
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("is neither begun nor ended by a commit that is refused", async () => {
    const { storage } = await open();
    await withDue(storage);
    await told(storage, "other", paused);
    expect((await storage.writer.append(commit(webhookStream("w"), 7, [paused]))).isErr()).toBe(true);
    expect((await storage.writer.append(commit(webhookStream("other"), 7, [resumed]))).isErr()).toBe(true);
    expect(await idsAt(storage, T0)).toEqual(["a"]);
  });
}
