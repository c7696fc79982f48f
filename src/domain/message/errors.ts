export interface MessageNotFound {
  readonly type: "MessageNotFound";
  readonly messageId: string;
  readonly message: string;
}

/** The message's payload was removed for good, so the message can no longer be sent. */
export interface PayloadErased {
  readonly type: "PayloadErased";
  readonly messageId: string;
  readonly message: string;
}

/** As canonical JSON the payload takes more bytes than `limits.payloadBytes` allows. Nothing was stored. */
export interface PayloadTooLarge {
  readonly type: "PayloadTooLarge";
  readonly bytes: number;
  readonly limitBytes: number;
  readonly message: string;
}

export function messageNotFound(messageId: string): MessageNotFound {
  return { type: "MessageNotFound", messageId, message: `there is no message ${JSON.stringify(messageId)}` };
}

export function payloadErased(messageId: string): PayloadErased {
  return { type: "PayloadErased", messageId, message: `the payload of the message ${messageId} was erased` };
}
