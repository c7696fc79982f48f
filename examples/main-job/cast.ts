import { WebhookEventType } from "hookledger";
import type { Route } from "./protocol.ts";

/** How an attempt ended: a status code, or the code of the error if no answer came. */
export type Outcome = number | string;

/** A webhook of the demonstration, and what should become of each message that it subscribes to. */
export interface Role {
  readonly webhookId: string;
  readonly events: readonly WebhookEventType[];
  readonly active: boolean;
  /** hookledger makes one if none is given. */
  readonly secret?: string;
  readonly maxAttempts: number;
  /** Nobody listens at its url. */
  readonly isDead: boolean;
  readonly troubles: Route["troubles"];
  /** The outcomes of a delivery's attempts, in order. */
  readonly expected: readonly Outcome[];
}

const healthy: Omit<Role, "webhookId" | "events"> = {
  active: true,
  maxAttempts: 5,
  isDead: false,
  troubles: [],
  expected: [200],
};

export const cast: readonly Role[] = [
  { ...healthy, webhookId: "everything", events: Object.values(WebhookEventType) },
  // A secret that an older system handed out, as plain text.
  {
    ...healthy,
    webhookId: "audit-log",
    events: [WebhookEventType.FORGOTTEN, WebhookEventType.DELETED],
    secret: "correct horse battery staple",
  },
  {
    ...healthy,
    webhookId: "search-index",
    events: [WebhookEventType.UPDATED],
    troubles: [
      { statusCode: 507, body: "no room for the index, making some" },
      { statusCode: 500, body: "shard 3 is still asleep" },
    ],
    expected: [507, 500, 200],
  },
  {
    ...healthy,
    webhookId: "dashboard",
    events: [WebhookEventType.CONFLICT],
    isDead: true,
    maxAttempts: 4,
    expected: ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"],
  },
  { ...healthy, webhookId: "staging", events: Object.values(WebhookEventType), active: false, expected: [] },
];

/** Short delays, so that the demonstration is short: 0.2 s, then 0.4 s, then 0.8 s. */
export function retryConfigOf({ maxAttempts }: Role) {
  return { maxRetries: maxAttempts, baseDelaySeconds: 0.2, maxDelaySeconds: 2, backoffMultiplier: 2 };
}

/** Whether it receives messages of this event type. */
export function isAudience(role: Role, event: string): boolean {
  return role.active && role.events.some((subscribed) => subscribed === event);
}
