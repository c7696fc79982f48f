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
  /** The message's own, and one for each of its deliveries. */
  readonly streams: readonly StreamAppend[];
  readonly publication: Publication;
}

/** What was decided on webhooks as they are remembered, which may not be as they are. */
export interface RememberedPlan extends Plan {
  /** Of the webhooks on which it was decided. */
  readonly revision: number;
}

/** The webhook that the message is for is not there, or not active. */
export type PlanError = WebhookNotFound | WebhookInactive;

/**
 * Whether the directory is to be refreshed before the message is planned: what is refused is not committed, so that nobody else
 * would see that the webhook which it names is remembered as it was.
 */
export function needsRefresh({ webhookId }: OutgoingMessage): boolean {
  return webhookId !== undefined;
}

/** Decides whom a message goes to, of the webhooks that are remembered. */
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

/** Decides whom a message goes to, of its tenant's webhooks. */
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

/** A stream that is not there yet has nothing to be loaded, and nothing that refuses: were it there, the append would be refused. */
export function schedule(data: ScheduleDelivery["data"]): StreamAppend {
  const decided = deliveryDecider.decide({ type: "ScheduleDelivery", data }, deliveryDecider.initialState);
  return {
    streamId: streamId("delivery", data.deliveryId),
    expectedVersion: "no-stream",
    events: decided.unwrapOr([]),
  };
}
