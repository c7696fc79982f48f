import { toIso } from "../../domain/instant.ts";
import { streamId } from "../../domain/ledger/index.ts";
import { fanOut } from "../../domain/message/index.ts";
import type { StreamAppend } from "../../ports/ledger-writer.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Tenant } from "../webhooks/recipients.ts";
import type { Publication } from "./publication.ts";

/** What publishing a message will write, and what it will answer. */
export interface Plan {
  readonly message: StoredMessage;
  /** The message's own, and one for each of its deliveries. */
  readonly streams: readonly StreamAppend[];
  readonly publication: Publication;
  /** Of the webhooks on which it was decided. */
  readonly revision: number;
}

/** Decides whom a message goes to. */
export function planPublication(
  { ids }: Pick<Dependencies, "ids">,
  message: StoredMessage,
  { webhooks, revision }: Tenant,
): Plan {
  const { messageId, tenantId, event, createdAt } = message;
  const fan = fanOut(event, webhooks);
  const matched = fan.matched.map(({ webhookId }) => ({ webhookId, deliveryId: ids.next() }));
  const skipped = fan.skipped.map(({ webhook, reason }) => ({ webhookId: webhook.webhookId, reason }));
  const dueAt = toIso(createdAt);
  const published = { type: "MessagePublished", data: { messageId, tenantId, event, matched, skipped } } as const;
  const deliveries = matched.map(({ webhookId, deliveryId }): StreamAppend => ({
    streamId: streamId("delivery", deliveryId),
    expectedVersion: "no-stream",
    events: [{ type: "DeliveryScheduled", data: { deliveryId, messageId, webhookId, tenantId, event, dueAt } }],
  }));
  return {
    message,
    streams: [
      { streamId: streamId("message", messageId), expectedVersion: "no-stream", events: [published] },
      ...deliveries,
    ],
    publication: { messageId, deliveries: matched, skipped, duplicate: false },
    revision,
  };
}
