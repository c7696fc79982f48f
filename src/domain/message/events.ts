/** `not-addressed`: the message was for another webhook alone. */
export type SkipReason = "inactive" | "not-subscribed" | "not-addressed";

/** Every webhook of the tenant is in one of the two lists: nobody is passed over without a reason. */
export interface MessagePublished {
  readonly type: "MessagePublished";
  readonly data: {
    readonly messageId: string;
    readonly tenantId: string;
    readonly event: string;
    readonly matched: readonly { readonly webhookId: string; readonly deliveryId: string }[];
    readonly skipped: readonly { readonly webhookId: string; readonly reason: SkipReason }[];
  };
}

/**
 * The message is on its way to a webhook to which it was not, or once more: that was not active when it was published and has what it
 * missed replayed, or to which the message is resent.
 */
export interface MessageAddressed {
  readonly type: "MessageAddressed";
  readonly data: { readonly webhookId: string; readonly deliveryId: string };
}

/** The payload was removed for good. What the ledger tells of the message stays: it holds no payload. */
export interface MessageErased {
  readonly type: "MessageErased";
  readonly data: Readonly<Record<string, never>>;
}

export type MessageEvent = MessagePublished | MessageAddressed | MessageErased;
