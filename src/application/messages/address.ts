import { streamId } from "../../domain/ledger/index.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import type { Dependencies } from "../dependencies.ts";
import { schedule } from "./plan-publication.ts";

/** A message that was published before, and a webhook to send it to. */
export interface Addressee {
  readonly messageId: string;
  readonly tenantId: string;
  readonly event: string;
  readonly webhookId: string;
  readonly deliveryId: string;
}

/**
 * Returns what sends a message to one more webhook, or once more to the same one: an event in the message's stream, and
 * a delivery.
 */
export function address(
  { clock }: Pick<Dependencies, "clock">,
  { messageId, tenantId, event, webhookId, deliveryId }: Addressee,
  expectedVersion: number,
): readonly [StreamAppend, StreamAppend] {
  return [
    {
      streamId: streamId("message", messageId),
      expectedVersion,
      events: [{ type: "MessageAddressed", data: { webhookId, deliveryId } }],
    },
    schedule({ deliveryId, messageId, webhookId, tenantId, event, now: clock.now() }),
  ];
}
