import { ok, okAsync, ResultAsync, safeTry } from "neverthrow";
import type { DeliveryNotFound } from "../../domain/delivery/index.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { AttemptError } from "../deliveries/attempt-delivery.ts";
import { finishOrRelease } from "../deliveries/finish-or-release.ts";
import { createSlots } from "../deliveries/slots.ts";
import { usualDeadlineSeconds, usualLeaseSeconds } from "../deliveries/worker-options.ts";
import { untilIdle } from "../deliveries/worker.ts";
import type { WebhookEvent } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { checkChoice } from "../check-arguments.ts";
import type { Deliverer, Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";
import { webhookAggregate } from "../webhooks/webhook.ts";
import { dispatchResult, type DispatchResult } from "./dispatch-result.ts";
import type { NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import { publish, type PublishError } from "./publish.ts";

/**
 * `concurrent`: to all webhooks at once. `sequential`: one after the other, each with its retries. That order holds
 * only for what this call delivers: a worker, in whatever process it runs, takes up all of them at once.
 */
export type DispatchMode = "concurrent" | "sequential";

export interface DispatchOptions {
  /** `concurrent` by default. */
  readonly mode?: DispatchMode | undefined;
}

export const dispatchNames: NamesOf<DispatchOptions> = { mode: true };

/** `DeliveryNotFound`: a delivery was pruned before its outcome was read. The others have their outcomes anyway. */
export type DispatchError = PublishError | AttemptError | DeliveryNotFound;

const modes: readonly DispatchMode[] = ["concurrent", "sequential"];

const CONCURRENCY = 64;

/**
 * Publishes, then waits for every outcome, retries included: kemi's `dispatch_sync` (`sequential`) and
 * `dispatch_async` (`concurrent`). The deliveries are as durable as any: if the process dies, they are pending in the
 * database, and a worker takes them up.
 */
export function dispatch(
  deps: Dependencies,
  message: NewMessage,
  { mode = "concurrent" }: DispatchOptions,
): ResultAsync<readonly DispatchResult[], DispatchError> {
  return checkChoice("mode", mode, modes).asyncAndThen((checked) =>
    publish(deps, message).andThen(({ deliveries }) => outcomes(deps, deliveries, checked)),
  );
}

function outcomes(
  deps: Dependencies,
  deliveries: Publication["deliveries"],
  mode: DispatchMode,
): ResultAsync<readonly DispatchResult[], DispatchError> {
  return safeTry(async function* () {
    const ids = deliveries.map(({ deliveryId }) => deliveryId);
    const targets: DispatchTarget[] = [];
    for (const { webhookId, deliveryId } of deliveries) {
      targets.push({ webhookId, deliveryId, url: yield* urlOf(deps, webhookId) });
    }
    const rounds = mode === "concurrent" ? [ids] : ids.map((id) => [id]);
    for (const deliveryIds of rounds) yield* settle(deps, deliveryIds);
    const results: DispatchResult[] = [];
    for (const { deliveryId, ...target } of targets) results.push(yield* dispatchResult(deps, deliveryId, target));
    return ok(results);
  });
}

interface DispatchTarget {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly url: string;
}

/**
 * Returns the webhook's URL, or its last one if it was deleted since. An earlier dispatch under the same idempotency
 * key may have been sent there.
 */
function urlOf(deps: Dependencies, webhookId: string): ResultAsync<string, ReadError> {
  return deps.storage.webhooks.get(webhookId).andThen((webhook) => {
    if (webhook !== null) return okAsync(webhook.url);
    return load(deps, webhookAggregate, webhookId).map(({ events }) => lastUrl(events));
  });
}

function lastUrl(events: readonly WebhookEvent[]): string {
  const last = events.findLast((event) => event.type === "WebhookRegistered" || event.type === "WebhookUrlChanged");
  return last?.data.url ?? "";
}

/** Closing waits for the attempts under way here, as for a worker's. */
function settle(deps: Dependencies, deliveryIds: readonly string[]): ResultAsync<void, AttemptError> {
  const slots = createSlots(CONCURRENCY, CONCURRENCY);
  const owner = deps.ids.next();
  const running = untilIdle(deps, {
    owner,
    leaseSeconds: usualLeaseSeconds(deps.request),
    slots,
    deliveryIds,
    isStopped: () => deps.closing.aborted,
  });
  const deliverer: Deliverer = {
    stop: () =>
      new ResultAsync(finishOrRelease(deps, slots, new Map([[running, owner]]), usualDeadlineSeconds(deps.request))),
  };
  deps.delivering.add(deliverer);
  return new ResultAsync(running.finally(() => deps.delivering.delete(deliverer)));
}
