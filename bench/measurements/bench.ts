import type { Setting } from "../contender.ts";
import type { Receiver } from "../receiver/receiver.ts";

/** What a measurement works with. */
export interface Bench extends Setting {
  readonly receiver: Receiver;
  /** A server does later what it can, such as checkpoints: resolves when that is done. */
  settleStore(): Promise<void>;
  /** It takes requests, and never answers one. */
  readonly deadWebhook: string;
  /** Every tenth of their requests is answered with an error. */
  readonly flakyWebhooks: readonly string[];
}
