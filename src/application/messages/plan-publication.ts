import type { Result } from "neverthrow";
import { deliveryDecider, type ScheduleDelivery } from "../../domain/delivery/index.ts";
import { streamId } from "../../domain/ledger/index.ts";
import { recipientsOf } from "../../domain/message/index.ts";
import type { WebhookInactive, WebhookNotFound } from "../../domain/webhook/index.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { RememberedTenant } from "../webhooks/recipients.ts";
import type { OutgoingMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";

/** What publishing a message will write, and what it will answer. */
export interface Plan {
  readonly message: StoredMessage;
  /** The message's own stream, and one for each of its deliveries. */
  readonly streams: readonly StreamAppend[];
  readonly publication: Publication;
}

/** A plan decided on the webhooks as they are remembered, which may have changed since. */
export interface RememberedPlan extends Plan {
  /** The revision of the webhooks on which it was decided. */
  readonly revision: number;
}

/** The webhook that the message is for does not exist, or is not active. */
export type PlanError = WebhookNotFound | WebhookInactive;

/**
 * Whether to refresh the directory before the message is planned. A message that names a webhook may be refused. A
 * refusal is not committed, so no commit would reveal that what is remembered of the webhook is out of date.
 */
export function needsRefresh({ webhookId }: OutgoingMessage): boolean {
  return webhookId !== undefined;
}

/** Decides which of the remembered webhooks a message goes to. */
export async function planOnRemembered(
  deps: Dependencies,
  outgoing: OutgoingMessage,
): Promise<Result<RememberedPlan, PlanError | StorageError>> {
  const tenant = await deps.directory.ofTenant(outgoing.message.tenantId);
  return tenant.andThen(({ webhooks, revision }) =>
    planPublication(deps, outgoing, webhooks).map(({ message, streams, publication }) => ({
      message,
      streams,
      publication,
      revision,
    })),
  );
}

/** Decides which of its tenant's webhooks a message goes to. */
export function planPublication(
  { ids }: Pick<Dependencies, "ids">,
  { message, webhookId }: OutgoingMessage,
  webhooks: RememberedTenant["webhooks"],
): Result<Plan, PlanError> {
  const { messageId, tenantId, event, createdAt } = message;
  return recipientsOf({ event, webhookId }, webhooks).map((recipients) => {
    const matched = recipients.matched.map((to) => ({ webhookId: to.webhookId, deliveryId: ids.next() }));
    const skipped = recipients.skipped.map(({ webhook, reason }) => ({ webhookId: webhook.webhookId, reason }));
    const published = { type: "MessagePublished", data: { messageId, tenantId, event, matched, skipped } } as const;
    const deliveries = matched.map(({ webhookId: to, deliveryId }) =>
      schedule({ deliveryId, messageId, webhookId: to, tenantId, event, now: createdAt }),
    );
    return {
      message,
      streams: [
        { streamId: streamId("message", messageId), expectedVersion: "no-stream", events: [published] },
        ...deliveries,
      ],
      publication: { messageId, deliveries: matched, skipped, duplicate: false },
    };
  });
}

/**
 * Schedules a delivery. Its stream is new, so there is nothing to load and nothing that could refuse. If the stream
 * existed, the append would be refused.
 */
export function schedule(data: ScheduleDelivery["data"]): StreamAppend {
  const decided = deliveryDecider.decide({ type: "ScheduleDelivery", data }, deliveryDecider.initialState);
  return {
    streamId: streamId("delivery", data.deliveryId),
    expectedVersion: "no-stream",
    events: decided.unwrapOr([]),
  };
}
