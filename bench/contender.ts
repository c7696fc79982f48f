import type { StoreKind } from "./stores/open-store.ts";

/** What a contender works with. */
export interface Setting {
  /** An empty folder on disk. */
  readonly folder: string;
  /** The URL of the contender's fresh server; empty if it needs none. */
  readonly server: string;
  /** One URL for each webhook; every message goes to all of them. */
  readonly webhooks: readonly string[];
  /** How many requests may be under way at once, to all webhooks together. */
  readonly concurrency: number;
  /** Whether a message must be delivered at once. If not, a contender leaves out what slows down publishing for it. */
  readonly prompt: boolean;
}

export interface Payload {
  readonly [name: string]: unknown;
  readonly memory_id: string;
}

/** One system under measurement, opened over an empty store. */
export interface Session {
  /** Resolves once the message, and all that its deliveries need, is on disk. */
  publish(payload: Payload): Promise<void>;
  /** Makes a backlog in the quickest way that the system offers. */
  fill(payloads: readonly Payload[]): Promise<void>;
  /** Delivers all that is pending, then stops. Resolves once the last outcome is on disk. */
  drain(): Promise<void>;
  /** Starts to deliver, in the background, what is pending and what will be published. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** The settings that differ from the defaults, for the reader of the table. */
  readonly settings: string;
  readonly store: StoreKind;
  open(setting: Setting): Promise<Session>;
}
