import { ok, type Result } from "neverthrow";
import type { CancellationReason, DeliveryCommand, DeliveryEvent } from "../../domain/delivery/index.ts";
import { toIso } from "../../domain/instant.ts";
import type { ClaimedDelivery, Lease } from "../../ports/delivery-queue.ts";
import type { Dependencies } from "../dependencies.ts";
import { errorFacts } from "../error-facts.ts";
import type { ExecuteError } from "../execute.ts";
import { deactivateFailing } from "../webhooks/deactivate-webhook.ts";
import type { Recipient } from "../webhooks/recipients.ts";
import { judgeExchange } from "./judge-exchange.ts";
import { logOutcome } from "./log-outcome.ts";
import { recordOutcome } from "./record-outcome.ts";
import { sendSigned } from "./send-request.ts";

export type AttemptError = ExecuteError;
type Attempted = Result<readonly DeliveryEvent[], AttemptError>;

/**
 * Makes one attempt at a delivery that is held under `lease`, and records its outcome.
 *
 * @param recipient - the delivery's webhook; undefined if that is gone
 * @param exchanged - called when the exchange with the receiver is over, before its outcome is recorded
 * @returns the events that were appended; none if another worker was first, or if the client was closed meanwhile
 */
export async function attemptDelivery(
  deps: Dependencies,
  lease: Lease,
  claimed: ClaimedDelivery,
  recipient: Recipient | undefined,
  exchanged: () => void,
): Promise<Attempted> {
  const ready = prepare(claimed, recipient);
  if ("reason" in ready) {
    exchanged();
    const command: DeliveryCommand = { type: "CancelDelivery", data: ready };
    const cancelled = await recordOutcome(deps, lease, claimed, command, { health: [], responses: [] });
    return told(deps, claimed, cancelled);
  }
  const { webhook, body, sign, conceal } = ready;
  const startedAt = deps.clock.now();
  if (startedAt >= lease.until) {
    // The attempt was held up past its lease, and another worker may have delivered meanwhile.
    exchanged();
    return ok([]);
  }
  const { messageId, deliveryId } = claimed.delivery;
  const answer = await sendSigned(deps, () => sign({ messageId, body, now: startedAt }), { deliveryId });
  exchanged();
  const now = deps.clock.now();
  const verdict = judgeExchange(answer, {
    attempt: claimed.delivery.attempts + 1,
    retryConfig: webhook.retryConfig,
    startedAt,
    now,
    random: deps.random.fraction(),
    conceal,
  });
  if (verdict === null) return giveBack(deps, lease, claimed);
  const { command, failing } = verdict;
  const pausedUntil = verdict.pauseSeconds === null ? null : now + Math.ceil(verdict.pauseSeconds * 1000);
  const recorded = await recordOutcome(deps, lease, claimed, command, {
    health: failing === null ? [] : [{ webhookId: webhook.webhookId, at: now, failing, pausedUntil }],
    responses: verdict.excerpt === null ? [] : [responseTo(claimed, verdict.excerpt)],
  });
  const attempted = told(deps, claimed, recorded);
  if (attempted.isErr() || failing !== true) return attempted;
  const { webhookId, tenantId } = claimed.delivery;
  if (pausedUntil !== null && pausedUntil > now && attempted.value.length > 0) {
    deps.logger.warn("webhook paused", { webhookId, tenantId, until: toIso(pausedUntil) });
  }
  const deactivated = await deactivateFailing(deps, { ...webhook, tenantId }, verdict.gone);
  // The outcome is on disk anyway. The next failure asks again whether the webhook has failed for too long.
  if (deactivated.isErr()) {
    const facts = { webhookId, tenantId, ...errorFacts(deactivated.error) };
    deps.logger.error(
      "a failing webhook could not be checked or deactivated; this is tried again after its next failure",
      facts,
    );
  }
  return attempted;
}

type Ready =
  | (Pick<Recipient, "sign" | "conceal"> & { readonly webhook: Recipient["view"]; readonly body: Uint8Array })
  | { readonly reason: CancellationReason };

/** Gathers what the attempt needs, or finds why there will be none. */
function prepare({ body }: ClaimedDelivery, recipient: Recipient | undefined): Ready {
  if (recipient === undefined) return { reason: "webhook-deleted" };
  const { view, sign, conceal } = recipient;
  if (!view.active) return { reason: "webhook-deactivated" };
  if (body === null) return { reason: "message-missing" };
  return { webhook: view, sign, conceal, body };
}

function told(deps: Dependencies, { delivery }: ClaimedDelivery, recorded: Attempted): Attempted {
  if (recorded.isOk()) logOutcome(deps.logger, delivery, recorded.value);
  return recorded;
}

function responseTo({ delivery }: ClaimedDelivery, excerpt: string) {
  return { deliveryId: delivery.deliveryId, attempt: delivery.attempts + 1, excerpt };
}

async function giveBack(deps: Dependencies, { owner }: Lease, { delivery }: ClaimedDelivery): Promise<Attempted> {
  return (await deps.storage.queue.release(owner, [delivery.deliveryId])).map(() => []);
}
