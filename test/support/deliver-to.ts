import type { HttpClientAdapter } from "../../src/ports/http-client.ts";
import type { FakeClock } from "../../src/testing/fake-clock.ts";
import type { ScriptedAnswer } from "../../src/testing/scripted-http-client.ts";
import { openHooks, value, type MemoryHooks } from "./open-hooks.ts";
import { promisesSettled } from "./when-idle.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";

// Webhooks whose id is the path of their URL, and the deliveries to them.

export const event = "memory.updated";

export function urlOf(webhookId: string): string {
  return `http://127.0.0.1:9/${webhookId}`;
}

type Registration = Partial<Parameters<MemoryHooks["webhooks"]["register"]>[0]>;

/** Opens an instance over the storage, to stand for one of several processes. */
export function openProcess(storage: StorageAdapter, clock: FakeClock, http: HttpClientAdapter): Promise<MemoryHooks> {
  return openHooks({ storage, clock, http });
}

export async function register(hooks: MemoryHooks, webhookId: string, other: Registration = {}): Promise<void> {
  await value(hooks.webhooks.register({ webhookId, url: urlOf(webhookId), events: [event], ...other }));
}

/** Publishes the given number of messages and returns the ids of their deliveries. */
export async function publish(hooks: MemoryHooks, times = 1): Promise<readonly string[]> {
  const deliveryIds: string[] = [];
  for (let time = 0; time < times; time += 1) {
    const { deliveries } = await value(hooks.publish({ event, payload: { time } }));
    deliveryIds.push(...deliveries.map(({ deliveryId }) => deliveryId));
  }
  return deliveryIds;
}

/** How many deliveries are in each state: those of the webhook, or all of them. */
export async function states(hooks: MemoryHooks, webhookId?: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const { items } = await value(hooks.deliveries.list({ limit: 1000, webhookId }));
  for (const { state } of items) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Lets time pass in small steps, so that whoever looks again in between can do so. */
export async function pass(clock: FakeClock, milliseconds: number, stepMs = 250): Promise<void> {
  for (let left = milliseconds; left > 0; left -= stepMs) {
    await promisesSettled();
    clock.advance(Math.min(stepMs, left));
  }
  await promisesSettled();
}

export function answer(statusCode: number, headers: Readonly<Record<string, string>>, body = ""): ScriptedAnswer {
  return { statusCode, body, headers };
}
