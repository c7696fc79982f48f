import type { EventCatalogue } from "../../src/domain/message/catalogue.ts";
import type { Hookledger, RecordedEvent } from "../../src/index.ts";
import { readLedger } from "./open-hooks.ts";

type Of<Type extends RecordedEvent["type"]> = Extract<RecordedEvent, { readonly type: Type }>;

/** What the ledger tells about a delivery. */
export interface DeliveryAccount {
  readonly scheduled: Of<"DeliveryScheduled">["data"];
  readonly successes: number;
  /** How many attempts each round had; a redelivery begins a new round. */
  readonly rounds: readonly number[];
}

export interface Account {
  readonly events: readonly RecordedEvent[];
  readonly messages: readonly Of<"MessagePublished">["data"][];
  readonly deliveries: readonly DeliveryAccount[];
}

/** The ledger as an account of messages and their deliveries. */
export async function readAccount(hooks: Pick<Hookledger<EventCatalogue>, "ledger">): Promise<Account> {
  const events = await readLedger(hooks);
  return {
    events,
    messages: events.flatMap((event) => (event.type === "MessagePublished" ? [event.data] : [])),
    deliveries: [...streamsOf(events).values()].flatMap(accountOf),
  };
}

/** The events of each stream, by its id. */
export function streamsOf(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.streamId) ?? [];
    stream.push(event);
    streams.set(event.streamId, stream);
  }
  return streams;
}

function accountOf([first, ...rest]: readonly RecordedEvent[]): readonly DeliveryAccount[] {
  if (first?.type !== "DeliveryScheduled") return [];
  const rounds = [0];
  for (const { type } of rest) {
    if (type === "RedeliveryRequested") rounds.push(0);
    if (type === "DeliveryAttemptFailed" || type === "DeliverySucceeded") rounds.push((rounds.pop() ?? 0) + 1);
  }
  const successes = rest.filter(({ type }) => type === "DeliverySucceeded").length;
  return [{ scheduled: first.data, successes, rounds }];
}
