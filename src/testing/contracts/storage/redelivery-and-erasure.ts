import { toIso } from "../../../domain/instant.ts";
import { streamId, type DomainEvent } from "../../../domain/ledger/index.ts";
import type { Commit } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";
import { deliveryStream, failed, record, schedule, T0 } from "./facts.ts";

/** Brings a new delivery to a state, at version 2 in any case. */
export async function bring(storage: Storage, deliveryId: string, state: "pending" | "cancelled"): Promise<void> {
  const cancelled: DomainEvent = { type: "DeliveryCancelled", data: { reason: "operator" } };
  await schedule(storage, deliveryId);
  await record(storage, deliveryStream(deliveryId), state === "pending" ? failed(1, T0) : cancelled);
}

/** Returns a redelivery and the erasure of its message. Each names the other's stream, without events. */
export function redeliveryAndErasure(
  id: string,
  messageVersion = 0,
): { readonly [Name in "redelivery" | "erasure"]: Commit } {
  const delivery = { streamId: deliveryStream(id), expectedVersion: 2, events: [] };
  const message = { streamId: streamId("message", id), expectedVersion: messageVersion, events: [] };
  const requested: DomainEvent = { type: "RedeliveryRequested", data: { dueAt: toIso(T0) } };
  const erased: DomainEvent = { type: "MessageErased", data: {} };
  return {
    redelivery: { recordedAt: T0, streams: [{ ...delivery, events: [requested] }, message] },
    erasure: { recordedAt: T0, streams: [{ ...message, events: [erased] }, delivery] },
  };
}
