import { expect } from "vitest";
import type { Worker } from "../../../src/index.ts";
import type { FakeClock } from "../../../src/testing/fake-clock.ts";
import { value, type MemoryHooks } from "../open-hooks.ts";
import { promisesSettled } from "../when-idle.ts";
import type { Operation, Part } from "./plan.ts";
import type { Witness } from "./witness.ts";

export interface Process {
  readonly hooks: MemoryHooks;
  readonly worker: Worker;
}

/** Waits until it is its turn. */
export type Step = (label: string) => Promise<void>;

export async function publishAll({ hooks }: Process, { published }: Part, witness: Witness): Promise<void> {
  for (const idempotencyKey of published) {
    const message = { event: "memory.updated", payload: { memory_id: "m-1" }, idempotencyKey } as const;
    witness.acknowledged(await value(hooks.publish(message)));
  }
}

export async function operate(process: Process, { operations }: Part, witness: Witness, step: Step): Promise<void> {
  for (const operation of operations) {
    await step(operation.do);
    await take(process, operation, witness.deliveryIds);
  }
}

/** Errors that an operator may get. Trouble with the storage or with the other process is not among them. */
const refusals = [null, "DeliveryAlreadyDelivered", "WebhookInactive"];

/** `InvalidInput` is for a webhook that is not active. */
const pauseRefusals = [null, "InvalidInput"];

async function take({ hooks, worker }: Process, operation: Operation, deliveryIds: readonly string[]): Promise<void> {
  switch (operation.do) {
    case "redeliver":
    case "cancel": {
      const deliveryId = deliveryIds[operation.nth % Math.max(deliveryIds.length, 1)];
      if (deliveryId === undefined) return;
      const taken = await hooks.deliveries[operation.do](deliveryId);
      return expect(refusals).toContain(taken.isOk() ? null : taken.error.type);
    }
    case "update":
      await value(hooks.webhooks.update(operation.webhookId, operation.change));
      return;
    case "pause":
    case "resume": {
      const taken = await hooks.webhooks.update(operation.webhookId, { paused: operation.do === "pause" });
      return expect(pauseRefusals).toContain(taken.isOk() ? null : taken.error.type);
    }
    case "restart worker":
      await value(worker.stop());
      await value(worker.start());
  }
}

export async function pass(clock: FakeClock, pauses: readonly number[], step: Step): Promise<void> {
  for (const pause of pauses) {
    await step(`${pause} ms pass`);
    clock.advance(pause);
  }
}

/** Lets time pass until nobody waits for it any more. */
export async function passUntil(clock: FakeClock, end: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const ended = end.finally(() => over.abort());
  for (let seconds = 0; !over.signal.aborted; seconds += 1) {
    if (seconds > PATIENCE_SECONDS) throw new Error("it comes to no end, however much time passes");
    await promisesSettled();
    clock.advance(1000);
  }
  await ended;
}

const PATIENCE_SECONDS = 1000;
