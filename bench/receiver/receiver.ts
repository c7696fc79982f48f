import { request } from "undici";
import { z } from "zod";

/** Where a receiver takes deliveries, and where it is asked about them. */
export const receiverUrls = z.object({ deliveries: z.string(), control: z.string() });
export type ReceiverUrls = z.infer<typeof receiverUrls>;

const report = z.object({ received: z.number(), firstAt: z.number(), latencies: z.array(z.number()) });

export interface Receiver {
  /** Forgets what arrived; `timed` makes it note how long each request was on its way. */
  reset(timed?: boolean): Promise<void>;
  /** What the receiver saw since the reset, once it has `count` requests. Fails after a minute. */
  reached(count: number): Promise<z.infer<typeof report>>;
}

const PATIENCE_MS = 60_000;

export function connectReceiver({ control }: ReceiverUrls): Receiver {
  const ask = async (path: string) => {
    const { body } = await request(control + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return body.text();
  };
  return {
    async reset(timed = false) {
      await ask(`/reset?timed=${timed}`);
    },
    reached: async (count) => report.parse(JSON.parse(await ask(`/reached?count=${count}`))),
  };
}
