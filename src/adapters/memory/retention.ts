import { streamId } from "../../domain/ledger/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import { nextStep, type LookedAt, type PruneStep, type Retention } from "../../ports/retention.ts";
import type { Door } from "./door.ts";
import { pageById } from "./page-by-id.ts";
import type { State } from "./state.ts";

export function createRetention(state: State, door: Door): Retention {
  return {
    pruneDeliveries: (finishedBefore, after, limit) =>
      door.enterInTurn(() => {
        const { deliveryIds, deliveries } = state.projected;
        const page = rowsOf(firstOf(deliveryIds.after(after), limit), deliveries);
        return step(state, page, limit, finishedBefore, pruneDelivery);
      }),
    pruneMessages: (finishedBefore, after, limit) =>
      door.enterInTurn(() => {
        const ids = pageById(state.messages.keys(), (id) => id, after, limit);
        const page = rowsOf(ids, state.messages);
        return step(state, page, limit, finishedBefore, pruneMessage);
      }),
  };
}

function pruneDelivery({ projected, responses }: State, deliveryId: string, finishedBefore: EpochMs): string | null {
  const delivery = projected.deliveries.get(deliveryId);
  if (delivery === undefined || delivery.state === "pending" || delivery.updatedAt >= finishedBefore) return null;
  projected.deliveries.delete(deliveryId);
  projected.deliveryIds.remove(deliveryId);
  responses.delete(deliveryId);
  return streamId("delivery", deliveryId);
}

function pruneMessage(
  { messages, idempotencyKeys, projected }: State,
  messageId: string,
  before: EpochMs,
): string | null {
  const message = messages.get(messageId);
  if (message === undefined || message.createdAt >= before) return null;
  for (const delivery of projected.deliveries.values()) if (delivery.messageId === messageId) return null;
  messages.delete(messageId);
  const { tenantId, idempotencyKey } = message;
  if (idempotencyKey !== null) idempotencyKeys.delete(idempotencySlot(tenantId, idempotencyKey));
  return streamId("message", messageId);
}

/** @param prune - removes one, and returns the stream to remove with it; null if it removed nothing */
function step(
  state: State,
  page: readonly LookedAt[],
  limit: number,
  finishedBefore: EpochMs,
  prune: (state: State, id: string, finishedBefore: EpochMs) => string | null,
): PruneStep {
  const gone = new Set<string>();
  for (const { id } of page) {
    const stream = prune(state, id, finishedBefore);
    if (stream !== null) gone.add(stream);
  }
  return { removed: gone.size, events: removeStreams(state, gone), next: nextStep(page, limit, finishedBefore) };
}

function rowsOf(ids: readonly string[], rows: ReadonlyMap<string, { readonly createdAt: EpochMs }>): LookedAt[] {
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row === undefined ? [] : [{ id, createdAt: row.createdAt }];
  });
}

function removeStreams({ events, streams }: State, gone: ReadonlySet<string>): number {
  for (const stream of gone) streams.delete(stream);
  const before = events.length;
  let kept = 0;
  for (const event of events) {
    if (gone.has(event.streamId)) continue;
    events[kept] = event;
    kept += 1;
  }
  events.length = kept;
  return before - kept;
}

function firstOf(ids: Iterable<string>, limit: number): readonly string[] {
  const found: string[] = [];
  for (const id of ids) {
    if (found.length === limit) break;
    found.push(id);
  }
  return found;
}
