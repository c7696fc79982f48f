import { createReplayGuard, verifyWebhook, type ReceivedHeaders } from "hookledger/verify";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Takes the headers and the raw body of a request, as they came. */
export type Receive = (headers: ReceivedHeaders, body: ArrayBuffer | Uint8Array) => Promise<Answer>;

/** Checks a webhook, and has it handled once, however often it comes; what could not be handled may come again. */
export function createReceive(secret: string, handle: (event: unknown) => Promise<void>): Receive {
  const guard = createReplayGuard();
  return async (headers, body) => {
    const verification = await verifyWebhook({ secret, headers, body });
    if (!verification.ok) return { status: 401, text: verification.reason };
    const { messageId, payload } = verification;
    if (messageId === null) return { status: 401, text: "signed without an id" };
    if (!guard.take(messageId)) return { status: 200, text: "seen before" };
    try {
      await handle(JSON.parse(new TextDecoder().decode(payload)));
      return { status: 200, text: "handled" };
    } catch {
      guard.release(messageId);
      return { status: 500, text: "not handled" };
    }
  };
}
