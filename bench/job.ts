import { z } from "zod";
import { receiverUrls } from "./receiver/receiver.ts";

export const measurement = z.enum([
  ...["throughput", "latency", "growth", "alone", "beside a dead webhook", "idle"],
  ...["one process", "two processes", "dead rows"],
] as const);

/** What one process measures. Its parent passes it on as JSON. */
export const job = z.object({
  measurement,
  contender: z.string(),
  webhooks: z.number(),
  /** In deliveries, messages or seconds, depending on the measurement. */
  size: z.number(),
  receiver: receiverUrls,
  folder: z.string(),
  server: z.string(),
});
export type Job = z.infer<typeof job>;

/** What a process measured, by the name of the figure. */
export const figures = z.record(z.string(), z.number());
export type Figures = z.infer<typeof figures>;
