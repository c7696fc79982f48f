import { expect } from "vitest";
import { openHookledger } from "../../src/index.ts";
import type { HttpClientAdapter } from "../../src/ports/http-client.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { createFakeClock, type FakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../src/testing/scripted-http-client.ts";
import { readAccount } from "./account.ts";
import { createMortal, type Death } from "./mortal.ts";
import { value, type MemoryHooks } from "./open-hooks.ts";

export const MAX_RETRIES = 3;
export const event = "memory.updated";
export const worker = { leaseSeconds: 2 };

export interface World {
  readonly storage: StorageAdapter;
  readonly http: HttpClientAdapter;
  readonly clock: FakeClock;
}

export function createWorld(storage: StorageAdapter, http: HttpClientAdapter): World {
  return { storage, http, clock: createFakeClock({ autoAdvance: true }) };
}

/** Runs `work` in a new process over the same data, from its start to its orderly end. */
export async function during<T>(world: World, work: (hooks: MemoryHooks) => Promise<T>): Promise<T> {
  const hooks = await open(world);
  try {
    return await work(hooks);
  } finally {
    await value(hooks.close());
  }
}

function open(world: World): Promise<MemoryHooks> {
  return value(openHookledger({ ...world, network: { allow: ["127.0.0.0/8"] }, request: { timeoutSeconds: 1 } }));
}

/** Runs `work` in a new process over the same data. The process dies at the given call, if it comes to that. */
export async function dying<T>(world: World, death: Death, work: (hooks: MemoryHooks) => PromiseLike<T>) {
  const mortal = createMortal(world.storage, world.http, death);
  const life = async () => work(await open({ ...world, storage: mortal.storage, http: mortal.http }));
  const outcome = await mortal.outlives(life());
  await mortal.bury();
  return { outcome, diedAt: mortal.diedAt() };
}

export async function register(hooks: MemoryHooks, webhookIds: readonly string[]): Promise<void> {
  const retryConfig = { maxRetries: MAX_RETRIES };
  for (const webhookId of webhookIds) {
    const url = `http://127.0.0.1:9/${webhookId}`;
    await value(hooks.webhooks.register({ webhookId, url, events: [event], retryConfig }));
  }
}

/** Each webhook gives its answers in order, and then its last one for ever. */
export function receiver(answers: Readonly<Record<string, readonly ScriptedAnswer[]>> = {}) {
  const counts = new Map<string, number>();
  const http = scriptedHttpClient(({ url }) => {
    const webhookId = url.slice(url.lastIndexOf("/") + 1);
    const count = counts.get(webhookId) ?? 0;
    counts.set(webhookId, count + 1);
    const script = answers[webhookId] ?? [];
    return script[count] ?? script.at(-1) ?? 204;
  });
  return { http, requestsTo: (webhookId: string) => counts.get(webhookId) ?? 0 };
}

/** Expects nothing pending, no second success, no round with too many attempts, and tables that match the ledger. */
export async function expectOrder(hooks: MemoryHooks): Promise<void> {
  expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toEqual([]);
  for (const { successes, rounds } of (await readAccount(hooks)).deliveries) {
    expect(successes).toBeLessThanOrEqual(1);
    expect(Math.max(...rounds)).toBeLessThanOrEqual(MAX_RETRIES);
  }
}
