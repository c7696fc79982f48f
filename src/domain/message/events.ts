/** `not-addressed`: the message was for one other webhook only. */
export type SkipReason = "inactive" | "not-subscribed" | "not-addressed";

/** Every webhook of the tenant is in one of the two lists, so that none is passed over without a reason. */
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
 * The message is now on its way to a webhook to which it was not, or once more. Either the webhook was not active when
 * the message was published and has what it missed replayed, or the message is resent to it.
 */
export interface MessageAddressed {
  readonly type: "MessageAddressed";
  readonly data: { readonly webhookId: string; readonly deliveryId: string };
}

/**
 * The payload was removed for good. The rest of what the ledger tells of the message stays, as it contains no payload.
 */
export interface MessageErased {
  readonly type: "MessageErased";
  readonly data: Readonly<Record<string, never>>;
}

export type MessageEvent = MessagePublished | MessageAddressed | MessageErased;
