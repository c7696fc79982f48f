import type { Setting } from "../contender.ts";
import type { Receiver } from "../receiver/receiver.ts";

/** What a measurement works with. */
export interface Bench extends Setting {
  readonly receiver: Receiver;
  /** Does what a server puts off, such as checkpoints. Resolves when that is done. */
  settleStore(): Promise<void>;
  /** The URL of a webhook that takes requests and never answers one. */
  readonly deadWebhook: string;
  /** The URLs of webhooks that answer every tenth request with an error. */
  readonly flakyWebhooks: readonly string[];
}
