import type { MessagePublished } from "../../domain/message/index.ts";

/** The result of publishing a message. */
export interface Publication {
  readonly messageId: string;
  /** One for each webhook that the message is on its way to. */
  readonly deliveries: MessagePublished["data"]["matched"];
  /** The tenant's other webhooks, each with the reason. */
  readonly skipped: MessagePublished["data"]["skipped"];
  /** Whether the idempotency key was known, so that nothing new was published. */
  readonly duplicate: boolean;
}
