import fc from "fast-check";
import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, failed, record, schedule, succeeded, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";
import { operations } from "./queue-operations.ts";
import { beginRun, perform } from "./queue-runs.ts";

const NONE = { pending: 0, dueSince: null };

async function pauseUntil(storage: Storage, webhookId: string, pausedUntil: number): Promise<void> {
  const health = [{ webhookId, at: T0, failing: true, pausedUntil }];
  await valueOf(storage.writer.append(commit("message-m", "any", [], { health })));
}

export function registerBacklogCases({ open, within }: Harnesses): void {
  async function openAsked() {
    const { storage } = await open();
    const at = (now: number, webhookIds?: readonly string[]) => valueOf(storage.queue.backlog(now, webhookIds));
    return { storage, at };
  }

  it("is empty if nothing is pending, whether nothing ever was or all is settled", async () => {
    const { storage, at } = await openAsked();
    expect(await at(T0)).toEqual(NONE);
    expect(await at(T0, ["webhook-1"])).toEqual(NONE);
    await schedule(storage, "d");
    await record(storage, deliveryStream("d"), succeeded);
    expect(await at(T0)).toEqual(NONE);
    expect(await at(T0, ["webhook-1"])).toEqual(NONE);
  });

  it("counts what is due later, and is due since the exact millisecond at which the first fell due", async () => {
    const { storage, at } = await openAsked();
    await schedule(storage, "later", { dueAt: T0 + 900, webhookId: "webhook-2" });
    await schedule(storage, "sooner", { dueAt: T0 + 500 });
    expect(await at(T0 + 499)).toEqual({ pending: 2, dueSince: null });
    expect(await at(T0 + 500)).toEqual({ pending: 2, dueSince: T0 + 500 });
    expect(await at(T0 + 10_000)).toEqual({ pending: 2, dueSince: T0 + 500 });
  });

  it("counts a retry that is hours away, which is not due until its time comes", async () => {
    const { storage, at } = await openAsked();
    const later = T0 + 4 * 3_600_000;
    await schedule(storage, "d");
    await record(storage, deliveryStream("d"), failed(1, later));
    expect(await at(later - 1)).toEqual({ pending: 1, dueSince: null });
    expect(await at(later + 7)).toEqual({ pending: 1, dueSince: later });
  });

  it("counts what is leased, which is not due until the lease has ended or is released", async () => {
    const { storage, at } = await openAsked();
    await schedule(storage, "a", { dueAt: T0 - 2 });
    await schedule(storage, "b", { dueAt: T0 - 1 });
    expect(await claimed(storage, { limit: 1, leaseUntil: T0 + 100 })).toMatchObject([{ deliveryId: "a" }]);
    expect(await at(T0)).toEqual({ pending: 2, dueSince: T0 - 1 });
    expect(await at(T0 + 99)).toEqual({ pending: 2, dueSince: T0 - 1 });
    expect(await at(T0 + 100)).toEqual({ pending: 2, dueSince: T0 - 2 });
    expect(await claimed(storage, { leaseUntil: T0 + 100 })).toMatchObject([{ deliveryId: "b" }]);
    expect(await at(T0)).toEqual({ pending: 2, dueSince: null });
    await valueOf(storage.queue.release("A", ["b"]));
    expect(await at(T0)).toEqual({ pending: 2, dueSince: T0 - 1 });
  });

  it("counts what a pause holds back; once the pause is over, that is due since its own due time", async () => {
    const { storage, at } = await openAsked();
    await schedule(storage, "a", { webhookId: "paused", dueAt: T0 - 5 });
    await schedule(storage, "b", { webhookId: "other", dueAt: T0 - 3 });
    await pauseUntil(storage, "paused", T0 + 500);
    expect(await at(T0 + 499)).toEqual({ pending: 2, dueSince: T0 - 3 });
    expect(await at(T0 + 499, ["paused"])).toEqual({ pending: 1, dueSince: null });
    expect(await at(T0 + 500)).toEqual({ pending: 2, dueSince: T0 - 5 });
  });

  it("is that of the given webhooks alone, each counted once, and empty if none is given", async () => {
    const { storage, at } = await openAsked();
    for (const [index, webhookId] of ["w1", "w2", "w2", "w3"].entries()) {
      await schedule(storage, `d${index}`, { webhookId, dueAt: T0 + index });
    }
    const now = T0 + 10;
    expect(await at(now)).toEqual({ pending: 4, dueSince: T0 });
    expect(await at(now, ["w2", "w3"])).toEqual({ pending: 3, dueSince: T0 + 1 });
    expect(await at(now, ["w3", "w3", "unknown"])).toEqual({ pending: 1, dueSince: T0 + 3 });
    expect(await at(now, ["unknown"])).toEqual(NONE);
    expect(await at(now, [])).toEqual(NONE);
  });

  const webhookIds = fc.option(fc.subarray(["w1", "w2", "w3", "unknown"]), { nil: undefined });

  it("after any operations, it counts what is pending, and is due since the longest due that a claim could lease", () =>
    fc.assert(
      fc.asyncProperty(operations, webhookIds, (sequence, of) =>
        within(async ({ storage, another }) => {
          const run = await beginRun(storage);
          const { model } = run;
          const other = await another();
          for (const one of sequence) {
            await perform(run, one);
            for (const now of [run.now, run.now + 50]) {
              expect(await valueOf(other.queue.backlog(now, of))).toEqual(model.backlog(now, of));
            }
          }
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
