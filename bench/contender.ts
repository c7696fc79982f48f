import type { StoreKind } from "./stores/open-store.ts";

/** What a contender works with. */
export interface Setting {
  /** An empty folder on disk. */
  readonly folder: string;
  /** Where the server is of which the contender has a fresh one; empty if it needs none. */
  readonly server: string;
  /** One URL for each webhook; every message goes to all of them. */
  readonly webhooks: readonly string[];
  /** Requests under way at once, in all. */
  readonly concurrency: number;
  /** Whether a message must be delivered at once. Where that makes publishing slower, it is left out otherwise. */
  readonly prompt: boolean;
}

export interface Payload {
  readonly [name: string]: unknown;
  readonly memory_id: string;
}

/** One system under measurement, opened over an empty store. */
export interface Session {
  /** Resolves once the message and what it takes to deliver it to every webhook are on disk. */
  publish(payload: Payload): Promise<void>;
  /** Makes a backlog in the quickest way that the system has. */
  fill(payloads: readonly Payload[]): Promise<void>;
  /** Delivers all that is pending, and stops; resolves once the last outcome is on disk. */
  drain(): Promise<void>;
  /** Begins to deliver in the background what is pending and what will be published. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** What was set otherwise than by default, for the reader of the table. */
  readonly settings: string;
  readonly store: StoreKind;
  open(setting: Setting): Promise<Session>;
}
