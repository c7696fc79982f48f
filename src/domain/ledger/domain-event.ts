import type { DeliveryEvent } from "../delivery/index.ts";
import type { MessageEvent } from "../message/index.ts";
import type { WebhookEvent } from "../webhook/index.ts";
import type { IsoInstant } from "../instant.ts";

export type DomainEvent = WebhookEvent | DeliveryEvent | MessageEvent;

/** Facts about the recording, not about what happened. */
export type EventMetadata = Readonly<Record<string, string>>;

/** Where and when a domain event stands in the ledger. */
export interface RecordedAs {
  /** Within the whole ledger: unique and growing, with gaps. */
  readonly position: number;
  readonly streamId: string;
  /** Within the stream: 1, 2, 3, without gaps. */
  readonly version: number;
  readonly metadata: EventMetadata;
  readonly recordedAt: IsoInstant;
}

/** A domain event as it is read from the ledger. Its `type` tells what its `data` has. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Event & RecordedAs;
