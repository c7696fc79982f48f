import { ResultAsync } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import { streamId } from "../../domain/ledger/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import type { PruneStep, Retention } from "../../ports/retention.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createRetention(state: State, door: Door): Retention {
  const inTurn = (work: () => PruneStep) => ResultAsync.fromSafePromise(setImmediate()).andThen(() => door.enter(work));
  return {
    pruneDeliveries: (finishedBefore, after, limit) =>
      inTurn(() => {
        const { deliveryIds } = state.projected;
        return step(state, firstOf(deliveryIds.after(after), limit), limit, (id) =>
          pruneDelivery(state, id, finishedBefore),
        );
      }),
    pruneMessages: (finishedBefore, after, limit) =>
      inTurn(() => {
        const ids = [...state.messages.keys()].filter((id) => id > after).sort();
        return step(state, ids.slice(0, limit), limit, (id) => pruneMessage(state, id, finishedBefore));
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

/** @param prune - the stream that goes with what it has removed; null where it has removed nothing */
function step(state: State, ids: readonly string[], limit: number, prune: (id: string) => string | null): PruneStep {
  const gone = new Set<string>();
  for (const id of ids) {
    const stream = prune(id);
    if (stream !== null) gone.add(stream);
  }
  const events = removeStreams(state, gone);
  return { removed: gone.size, events, next: ids.length < limit ? null : (ids.at(-1) ?? null) };
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
