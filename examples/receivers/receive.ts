import { createReplayGuard, verifyWebhook, type ReceivedHeaders } from "hookledger/verify";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Takes the headers and the raw body of a request, as they came. */
export type Receive = (headers: ReceivedHeaders, body: ArrayBuffer | Uint8Array) => Promise<Answer>;

/**
 * Checks a request, and has its message handled once by this process, however often it comes within ten minutes. If the
 * handler fails, the message may come again. If the handler writes to a database, let it store the message's id there
 * too, under a unique key: that holds for all processes and for ever.
 */
export function createReceive(secret: string, handle: (event: unknown, messageId: string) => Promise<void>): Receive {
  const guard = createReplayGuard();
  return async (headers, body) => {
    const verification = await verifyWebhook({ secret, headers, body });
    if (!verification.ok) return { status: 401, text: verification.reason };
    const { messageId, payload } = verification;
    if (messageId === null) return { status: 401, text: "signed without an id" };
    try {
      const handled = await guard.once(messageId, () =>
        handle(JSON.parse(new TextDecoder().decode(payload)), messageId),
      );
      return { status: 200, text: handled };
    } catch (error) {
      console.error("a webhook could not be handled", messageId, error);
      return { status: 500, text: "not handled" };
    }
  };
}
