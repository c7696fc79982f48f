import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { IdempotencyKeyTaken, WebhooksChanged } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { earlierPublication, type IdempotencyKeyReused } from "./earlier-publication.ts";
import { needsRefresh, planOnRemembered, type RememberedPlan, type PlanError } from "./plan-publication.ts";
import { prepareMessage, type MessageError, type NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";

export type PublishError = MessageError | IdempotencyKeyReused | PlanError | ReadError;

/**
 * Stores a message and schedules its deliveries, in one transaction. Once this resolves, both are on disk: whatever
 * crashes, every delivery will be made, or given up as its retry config says.
 */
export function publish(deps: Dependencies, input: NewMessage): ResultAsync<Publication, PublishError> {
  return new ResultAsync(publishOne(deps, input));
}

async function publishOne(deps: Dependencies, input: NewMessage): Promise<Result<Publication, PublishError>> {
  const prepared = await prepareMessage(deps, input);
  if (prepared.isErr()) return err(prepared.error);
  const outgoing = prepared.value;
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    const earlier = await earlierPublication(deps.storage.messages, deps.storage.reader, outgoing);
    if (earlier.isErr()) return err(earlier.error);
    if (earlier.value !== null) return ok(earlier.value);
    const asNow = needsRefresh(outgoing) ? await deps.directory.refresh() : ok();
    if (asNow.isErr()) return err(asNow.error);
    const planned = await planOnRemembered(deps, outgoing);
    if (planned.isErr()) return err(planned.error);
    const committed = await commitPlans(deps, [planned.value]);
    if (committed.isOk()) return ok(planned.value.publication);
    const { error } = committed;
    if (error.type === "StorageError") return err(error);
    // Another publisher was first with this key: its publication is the answer.
    if (error.type === "IdempotencyKeyTaken") continue;
    const refreshed = await deps.directory.refresh();
    if (refreshed.isErr()) return err(refreshed.error);
  }
  return err(webhooksChangeOn());
}

export function webhooksChangeOn(): StorageError {
  const what = "webhooks, or what is published under the idempotencyKey, changed";
  return storageError("locked", `${what} during each of ${MOST_TRIES} tries; publish again`);
}

/** Writes all plans, or none. The workers of this process are told at once. */
export async function commitPlans(
  { storage, wakeUps, appended }: Dependencies,
  plans: readonly [RememberedPlan, ...RememberedPlan[]],
): Promise<Result<void, StorageError | IdempotencyKeyTaken | WebhooksChanged>> {
  const appending = storage.writer.append({
    recordedAt: plans[0].message.createdAt,
    streams: plans.flatMap(({ streams }) => streams),
    messages: plans.map(({ message }) => message),
    // If the plans were made at several revisions, a webhook has already changed, and the lowest one gets the commit
    // refused.
    webhooksRevision: Math.min(...plans.map(({ revision }) => revision)),
  });
  // A claim comes after the appends asked for before it; if the storage gathers writes, it comes in the same
  // transaction.
  wakeUps.notify();
  const result = await appending;
  // The streams are new and nobody holds a lease, so the commit cannot be refused for those.
  if (result.isErr()) return err(refusedFor(result.error, "IdempotencyKeyTaken", "WebhooksChanged"));
  appended.notify();
  return ok();
}
