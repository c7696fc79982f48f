import type { RecordedEvent } from "../../src/index.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { event, register } from "./deliver-to.ts";
import { openHooks, readLedger, value, type MemoryHooks } from "./open-hooks.ts";

/** Hooks whose receivers refuse everything until they are up, and a clock that advances by itself. */
export async function openDown(storage: StorageAdapter, logger?: Logger) {
  const receivers = { up: false };
  const http = scriptedHttpClient(() => (receivers.up ? 204 : 500));
  const clock = createFakeClock({ autoAdvance: true });
  const hooks = await openHooks({ storage, http, clock, ...(logger !== undefined && { logger }) });
  return { hooks, http, clock, receivers };
}

/** Registers webhooks whose deliveries are exhausted by the first failure. */
export async function registerImpatient(hooks: MemoryHooks, ...webhookIds: readonly string[]): Promise<void> {
  for (const webhookId of webhookIds) {
    await register(hooks, webhookId, { retryConfig: { maxRetries: 1 } });
  }
}

/** Publishes the given number of messages, runs a worker until idle, and returns the deliveries' ids, sorted. */
export async function exhaust(hooks: MemoryHooks, messages: number): Promise<readonly string[]> {
  const deliveryIds: string[] = [];
  for (let left = messages; left > 0; left -= 1000) {
    const batch = Array.from({ length: Math.min(left, 1000) }, () => ({ event, payload: { left } }) as const);
    const published = await value(hooks.publishMany(batch));
    deliveryIds.push(...published.flatMap(({ deliveries }) => deliveries.map(({ deliveryId }) => deliveryId)));
  }
  await value(hooks.worker().runUntilIdle());
  return deliveryIds.sort();
}

export async function statesOf(hooks: MemoryHooks, deliveryIds: readonly string[]): Promise<readonly unknown[]> {
  const found = await Promise.all(deliveryIds.map((deliveryId) => value(hooks.deliveries.get(deliveryId))));
  return found.map((delivery) => delivery?.state);
}

/** How many events of this type each delivery has. */
export async function countOf(hooks: MemoryHooks, type: RecordedEvent["type"]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { streamId, type: found } of await readLedger(hooks)) {
    if (found !== type) continue;
    const deliveryId = streamId.slice("delivery-".length);
    counts.set(deliveryId, (counts.get(deliveryId) ?? 0) + 1);
  }
  return counts;
}

/** The counts if each of them has one such event, and no other delivery has any. */
export function onceEach(deliveryIds: readonly string[]): ReadonlyMap<string, number> {
  return new Map(deliveryIds.map((deliveryId) => [deliveryId, 1]));
}
