import { z } from "zod";

/** What the receiver has to know about a webhook: its path, its secret, and what to answer. */
const route = z.object({
  webhookId: z.string(),
  secret: z.string(),
  /** Answers to the first requests, in order. After these, a valid request gets 200. */
  troubles: z.array(z.object({ statusCode: z.number(), body: z.string() })),
});

/** A request as the receiver saw it. */
const received = z.object({
  webhookId: z.string(),
  arrivedAt: z.number(),
  /** The header `webhook-id`. */
  messageId: z.string().nullable(),
  kemiSignatureValid: z.boolean(),
  standardWebhooksValid: z.boolean(),
  payload: z.unknown(),
  answered: z.number(),
});

/** What the main process sends to the receiver. */
export const command = z.discriminatedUnion("type", [
  z.object({ type: z.literal("routes"), routes: z.array(route) }),
  z.object({ type: z.literal("report") }),
]);

/** What the receiver sends back. While it runs, nothing accepts connections on `closedPort`. */
export const reply = z.discriminatedUnion("type", [
  z.object({ type: z.literal("listening"), port: z.number(), closedPort: z.number() }),
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("report"), requests: z.array(received) }),
]);

export type Route = z.infer<typeof route>;
export type Received = z.infer<typeof received>;
export type Command = z.infer<typeof command>;
export type Reply = z.infer<typeof reply>;
