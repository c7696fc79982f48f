import type { DeliveryEvent } from "../../domain/delivery/index.ts";
import { toIso } from "../../domain/instant.ts";
import {
  deliveryView,
  idIn,
  isDeliveryEvent,
  isWebhookEvent,
  nextDeliveryView,
  webhookView,
  type DeliveryView,
  type DomainEvent,
  type RecordedEvent,
} from "../../domain/ledger/index.ts";
import type { Lease } from "../../ports/delivery-queue.ts";
import type { Commit } from "../../ports/commit.ts";
import type { Loaded } from "./loaded.ts";
import type { Writes } from "./writes.ts";

/** The rows of deliveries and webhooks: as they were loaded, and as the events of a batch change them. */
export interface Rows {
  delivery(deliveryId: string): DeliveryView | undefined;
  /** Undefined if the batch has changed the delivery. */
  lease(deliveryId: string): Lease | undefined;
  /** Brings the row that an event is about up to date. */
  project(streamId: string, event: DomainEvent, version: number, commit: Commit): void;
  /** Has the row of a delivery written, even if it is unchanged. */
  write(view: DeliveryView): void;
}

export function createRows(loaded: Loaded, writes: Writes): Rows {
  const deliveries = new Map(loaded.deliveries);
  const leases = new Map(loaded.leases);
  const streams = new Map<string, RecordedEvent[]>();

  /** Returns the whole stream with the new event. */
  function lengthened(stream: string, event: DomainEvent, version: number, commit: Commit): readonly RecordedEvent[] {
    const whole = streams.get(stream) ?? [...(loaded.streams.get(stream) ?? [])];
    streams.set(stream, whole);
    const { recordedAt, metadata = {} } = commit;
    whole.push({ ...event, position: 0, streamId: stream, version, recordedAt: toIso(recordedAt), metadata });
    return whole;
  }

  /**
   * Returns the view of a delivery that has no row. One that has just been scheduled, as nearly all have, needs no
   * stream.
   */
  function added(stream: string, event: DeliveryEvent, version: number, commit: Commit): DeliveryView | null {
    const view = version === 1 ? nextDeliveryView(null, event, version, commit.recordedAt) : null;
    return view ?? deliveryView(lengthened(stream, event, version, commit).filter(isDeliveryEvent));
  }

  function write(view: DeliveryView): void {
    const before = loaded.deliveries.get(view.deliveryId) ?? null;
    writes.delivery(view, before, before?.state === "pending" && !loaded.unqueued.has(view.deliveryId));
  }

  return {
    delivery: (deliveryId) => deliveries.get(deliveryId),
    lease: (deliveryId) => leases.get(deliveryId),
    project(stream, event, version, commit) {
      if (isDeliveryEvent(event)) {
        const deliveryId = idIn(stream);
        const before = deliveries.get(deliveryId);
        const view =
          before === undefined
            ? added(stream, event, version, commit)
            : nextDeliveryView(before, event, version, commit.recordedAt);
        if (view === null) return;
        deliveries.set(deliveryId, view);
        leases.delete(deliveryId);
        write(view);
      } else if (isWebhookEvent(event)) {
        const webhookId = idIn(stream);
        const events = lengthened(stream, event, version, commit).filter(isWebhookEvent);
        writes.webhook(webhookId, stream, webhookView(events));
      }
    },
    write,
  };
}
