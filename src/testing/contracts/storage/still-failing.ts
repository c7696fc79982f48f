import fc from "fast-check";
import { expect, it } from "vitest";
import type { Commit } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import { commit, everything, message, registered, T0, webhookStream } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

const deactivated = { type: "WebhookDeactivated", data: { reason: "failing" } } as const;

/** Returns a commit that is decided on since when the webhook "w" has failed. */
function decidedOn(since: number, other: Partial<Commit> = {}): Commit {
  return commit("message-m", "any", [], { stillFailing: { webhookId: "w", since }, ...other });
}

function attempted({ writer }: Storage, at: number, failing: boolean) {
  const health = [{ webhookId: "w", at, failing, pausedUntil: null }];
  return writer.append(commit("message-m", "any", [], { health }));
}

/**
 * An attempt to the webhook, or a commit that is decided on since when it has failed: `since` tells which attempt, by
 * its index or as the last.
 */
const steps = fc.oneof(
  fc.record({ failing: fc.boolean() }),
  fc.record({
    since: fc.oneof(
      { weight: 1, arbitrary: fc.nat({ max: 6 }) },
      { weight: 3, arbitrary: fc.constant("last" as const) },
    ),
    failing: fc.option(fc.boolean()),
  }),
);
const batches = fc.array(fc.array(steps, { maxLength: 6, size: "max" }), { maxLength: 5, size: "max" });

export function registerStillFailingCases({ open, within }: Harnesses): void {
  it("is WebhookRecovered if the webhook has recovered since, and writes nothing", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.writer.append(commit(webhookStream("w"), "no-stream", [registered("w")])));
    await valueOf(attempted(storage, T0 + 1, true));
    await valueOf(attempted(other, T0 + 2, false));
    const before = await everything(storage);
    const streams = [{ streamId: webhookStream("w"), expectedVersion: 1, events: [deactivated] }];
    const refused = decidedOn(T0 + 1, { streams, messages: [message("m")] });
    expect(await errorOf(storage.writer.append(refused))).toMatchObject({ type: "WebhookRecovered", webhookId: "w" });
    expect(await everything(storage)).toEqual(before);
    expect(await valueOf(storage.messages.get("m"))).toBeNull();
    await valueOf(attempted(other, T0 + 3, true));
    expect(await errorOf(storage.writer.append(refused))).toMatchObject({ type: "WebhookRecovered" });
    const right = { ...refused, stillFailing: { webhookId: "w", since: T0 + 3 } };
    expect(await valueOf(storage.writer.append(right))).toEqual([{ streamId: webhookStream("w"), version: 2 }]);
    expect(await valueOf(other.webhooks.get("w"))).toMatchObject({ active: false, deactivationReason: "failing" });
  });

  it("is WebhookRecovered if the webhook has never failed, or if the failures are another's", async () => {
    const { storage } = await open();
    expect(await errorOf(storage.writer.append(decidedOn(T0)))).toMatchObject({ type: "WebhookRecovered" });
    await valueOf(attempted(storage, T0, true));
    const ofAnother = decidedOn(T0, { stillFailing: { webhookId: "another", since: T0 } });
    expect(await errorOf(storage.writer.append(ofAnother))).toMatchObject({ type: "WebhookRecovered" });
    expect(await valueOf(storage.writer.append(decidedOn(T0)))).toHaveLength(1);
  });

  it("whatever comes, at once or one by one, goes through only if the webhook has failed since then when its turn comes", () =>
    fc.assert(
      fc.asyncProperty(batches, fc.boolean(), (given, atOnce) =>
        within(async ({ storage }) => {
          let present: number | null = null;
          let [at, last] = [T0, T0];
          for (const batch of given) {
            const appending: PromiseLike<unknown>[] = [];
            for (const step of batch) {
              at += 1;
              const since = "since" in step ? (step.since === "last" ? last : T0 + step.since) : null;
              const goesThrough = since === null || since === present;
              const { failing } = step;
              const health = failing === null ? [] : [{ webhookId: "w", at, failing, pausedUntil: null }];
              if (goesThrough && failing !== null) present = failing ? (present ?? at) : null;
              last = present ?? last;
              const precondition = since === null ? {} : { stillFailing: { webhookId: "w", since } };
              const append = storage.writer.append(commit("message-m", "any", [], { health, ...precondition })).match(
                () => expect(goesThrough).toBe(true),
                ({ type }) => expect([goesThrough, type]).toEqual([false, "WebhookRecovered"]),
              );
              appending.push(append);
              if (!atOnce) await append;
            }
            await Promise.all(appending);
            expect(await valueOf(storage.queue.health("w"))).toMatchObject({ failingSince: present });
          }
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
