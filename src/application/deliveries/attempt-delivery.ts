import { ok, okAsync, safeTry, type ResultAsync } from "neverthrow";
import type { DeliveryCommand, DeliveryEvent, DeliveryRefusal } from "../../domain/delivery/index.ts";
import type { WebhookView } from "../../domain/ledger/index.ts";
import type { ClaimedDelivery, Lease } from "../../ports/delivery-queue.ts";
import type { HttpRequest } from "../../ports/http-client.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { ExecuteError } from "../execute.ts";
import { complete } from "../webhooks/webhook.ts";
import { judgeExchange, type Verdict } from "./judge-exchange.ts";
import { logOutcome } from "./log-outcome.ts";
import { recordOutcome } from "./record-outcome.ts";
import { signRequest } from "./sign-request.ts";

export type AttemptError = DeliveryRefusal | ExecuteError;

type Prepared =
  | { readonly ready: true; readonly webhook: WebhookView; readonly request: HttpRequest }
  | { readonly ready: false; readonly command: DeliveryCommand };

/**
 * Makes one attempt at a delivery that is held under `lease`, and records what came of it.
 *
 * @returns the events that were appended: none if another worker was first, or if the client was closed meanwhile
 */
export function attemptDelivery(
  deps: Dependencies,
  lease: Lease,
  claimed: ClaimedDelivery,
): ResultAsync<readonly DeliveryEvent[], AttemptError> {
  return safeTry(async function* () {
    const prepared = yield* prepare(deps, claimed);
    if (!prepared.ready) return ok(yield* recordOutcome(deps, lease, claimed, prepared.command));
    const { webhook, request } = prepared;
    const startedAt = deps.clock.now();
    const answer = await deps.http.post(request);
    const verdict = judgeExchange(answer, {
      attempt: claimed.delivery.attempts + 1,
      retryConfig: webhook.retryConfig,
      startedAt,
      now: deps.clock.now(),
      random: deps.random.fraction(),
    });
    if (verdict === null) return ok(yield* giveBack(deps, lease, claimed));
    const events = yield* recordOutcome(deps, lease, claimed, verdict.command, responseOf(claimed, verdict));
    logOutcome(deps.logger, claimed.delivery, events);
    return ok(events);
  });
}

/** Gathers what the attempt needs, or finds why there will be none. */
function prepare(deps: Dependencies, { delivery }: ClaimedDelivery): ResultAsync<Prepared, StorageError> {
  const { storage, clock, request } = deps;
  return safeTry(async function* () {
    const row = yield* storage.webhooks.get(delivery.webhookId);
    const webhook = row === null ? null : yield* complete(deps, row);
    if (webhook === null) return ok(cancelled("webhook-deleted"));
    const { view, secret, signing, headers } = webhook;
    if (!view.active) return ok(cancelled("webhook-deactivated"));
    const message = yield* storage.messages.get(delivery.messageId);
    if (message === null) return ok(cancelled("message-missing"));
    const { messageId, body } = message;
    const unsigned = { url: view.url, messageId, body, secret, signing, headers, now: clock.now() };
    return ok<Prepared>({ ready: true, webhook: view, request: signRequest(request, unsigned) });
  });
}

function cancelled(reason: "webhook-deleted" | "webhook-deactivated" | "message-missing"): Prepared {
  return { ready: false, command: { type: "CancelDelivery", data: { reason } } };
}

function responseOf({ delivery }: ClaimedDelivery, { excerpt }: Verdict) {
  if (excerpt === null) return [];
  return [{ deliveryId: delivery.deliveryId, attempt: delivery.attempts + 1, excerpt }];
}

function giveBack(deps: Dependencies, { owner }: Lease, { delivery }: ClaimedDelivery) {
  return deps.storage.queue.release(owner, [delivery.deliveryId]).andThen(() => okAsync<readonly DeliveryEvent[]>([]));
}
