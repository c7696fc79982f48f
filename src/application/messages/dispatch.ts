import { err, ok, ResultAsync, safeTry, type Result } from "neverthrow";
import type { DeliveryNotFound } from "../../domain/delivery/index.ts";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { AttemptError } from "../deliveries/attempt-delivery.ts";
import { createSlots } from "../deliveries/slots.ts";
import { createWakeUps } from "../deliveries/wake-ups.ts";
import { untilIdle, usualLeaseSeconds } from "../deliveries/worker.ts";
import type { Dependencies } from "../dependencies.ts";
import { dispatchResult, type DispatchResult } from "./dispatch-result.ts";
import type { NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import { publish, type PublishError } from "./publish.ts";

/** `concurrent`: to all webhooks at once. `sequential`: one after the other, each with its retries. */
export type DispatchMode = "concurrent" | "sequential";

/** `DeliveryNotFound`: one was pruned before its outcome was read; the others have theirs all the same. */
export type DispatchError = PublishError | AttemptError | DeliveryNotFound;

const CONCURRENCY = 64;

/**
 * Publishes, then waits for every outcome, retries included: the seed's `dispatch_sync` (`sequential`) and
 * `dispatch_async` (`concurrent`). The deliveries are as durable as any: should the process die, they are
 * pending in the database, and a worker takes them up.
 */
export function dispatch(
  deps: Dependencies,
  message: NewMessage,
  { mode = "concurrent" }: { readonly mode?: DispatchMode | undefined } = {},
): ResultAsync<readonly DispatchResult[], DispatchError> {
  return checkMode(mode).asyncAndThen((checked) =>
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
    const urls = new Map<string, string>();
    for (const { webhookId } of deliveries) {
      const webhook = yield* deps.storage.webhooks.get(webhookId);
      urls.set(webhookId, webhook?.url ?? "");
    }
    const rounds = mode === "concurrent" ? [ids] : ids.map((id) => [id]);
    for (const deliveryIds of rounds) yield* settle(deps, deliveryIds);
    const results: DispatchResult[] = [];
    for (const { webhookId, deliveryId } of deliveries) {
      results.push(yield* dispatchResult(deps, deliveryId, { webhookId, url: urls.get(webhookId) ?? "" }));
    }
    return ok(results);
  });
}

const modes: readonly DispatchMode[] = ["concurrent", "sequential"];

function checkMode(mode: DispatchMode): Result<DispatchMode, InvalidInput> {
  return modes.includes(mode) ? ok(mode) : err(invalidInput("mode", `must be ${modes.join(" or ")}`, mode));
}

function settle(deps: Dependencies, deliveryIds: readonly string[]): ResultAsync<void, AttemptError> {
  const slotChanges = createWakeUps();
  const slots = createSlots(CONCURRENCY, CONCURRENCY, slotChanges.notify);
  const owner = deps.ids.next();
  return new ResultAsync(
    untilIdle(deps, {
      owner,
      leaseSeconds: usualLeaseSeconds(deps.request),
      slots,
      slotChanges,
      deliveryIds,
      isStopped: () => deps.closing.aborted,
    }),
  );
}
