import { deliveryDecider, type ScheduleDelivery } from "../../domain/delivery/index.ts";
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
  const published = { type: "MessagePublished", data: { messageId, tenantId, event, matched, skipped } } as const;
  const deliveries = matched.map(({ webhookId, deliveryId }) =>
    schedule({ deliveryId, messageId, webhookId, tenantId, event, now: createdAt }),
  );
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

/** A stream that is not there yet has nothing to be loaded, and nothing that refuses: were it there, the append would be refused. */
function schedule(data: ScheduleDelivery["data"]): StreamAppend {
  const decided = deliveryDecider.decide({ type: "ScheduleDelivery", data }, deliveryDecider.initialState);
  return {
    streamId: streamId("delivery", data.deliveryId),
    expectedVersion: "no-stream",
    events: decided.unwrapOr([]),
  };
}
