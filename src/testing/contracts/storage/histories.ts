import fc from "fast-check";
import type { Decider } from "../../../domain/decider.ts";
import { deliveryDecider, type DeliveryEvent, type DeliveryState } from "../../../domain/delivery/index.ts";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import { webhookDecider, type WebhookEvent, type WebhookState } from "../../../domain/webhook/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { schedulings } from "../../arbitraries/deliveries.ts";
import { deliveryCommands, instants, webhookCommands } from "../../arbitraries/index.ts";
import { registrations } from "../../arbitraries/webhooks.ts";
import { valueOf } from "../results.ts";
import { deliveryStream, webhookStream } from "./facts.ts";

export const WEBHOOKS = ["w1", "w2", "w3"] as const;
export const DELIVERIES = ["d1", "d2", "d3", "d4"] as const;
export const TENANTS = ["", "t"] as const;

export function tenantOf(webhookId: string): string {
  return webhookId === "w3" ? "t" : "";
}

const ofWebhook = (webhookId: string) => ({ webhookId, tenantId: tenantOf(webhookId) });
const ofDelivery = (deliveryId: string) => ({ deliveryId, messageId: "m1", webhookId: "w1", tenantId: "" });

function to<const Kind, Command>(kind: Kind, id: string, command: fc.Arbitrary<Command>) {
  return fc.tuple(fc.record({ kind: fc.constant(kind), id: fc.constant(id), command }), instants);
}

/**
 * Most of them exist from the beginning: one that does not refuses every command but its first, which is one of many.
 */
const beginnings = fc
  .tuple(
    fc.tuple(...WEBHOOKS.map((id) => to("webhook", id, registrations(ofWebhook(id))))),
    fc.tuple(...DELIVERIES.map((id) => to("delivery", id, schedulings(ofDelivery(id))))),
  )
  .chain(([webhooks, deliveries]) => fc.subarray([...webhooks, ...deliveries], { minLength: 5 }));

const steps = fc.oneof(
  fc.constantFrom(...WEBHOOKS).chain((id) => to("webhook", id, webhookCommands(ofWebhook(id)))),
  fc.constantFrom(...DELIVERIES).chain((id) => to("delivery", id, deliveryCommands(ofDelivery(id)))),
);

/** Commands to several webhooks and deliveries, mixed, each at its own time. */
export const histories = fc
  .tuple(beginnings, fc.array(steps, { maxLength: 90, size: "max" }))
  .map(([begun, others]) => [...begun, ...others]);

type History = typeof histories extends fc.Arbitrary<infer Commands> ? Commands : never;

/** Decides each command in the state of its stream, and appends the events that it causes. */
export async function live(
  storage: Storage,
  history: History,
  afterEach?: (streamId: string) => Promise<void>,
): Promise<void> {
  const webhooks = new Map<string, WebhookState>();
  const deliveries = new Map<string, DeliveryState>();
  for (const [step, recordedAt] of history) {
    const streamId = step.kind === "webhook" ? webhookStream(step.id) : deliveryStream(step.id);
    const events =
      step.kind === "webhook"
        ? decide(webhookDecider, webhooks, step.id, step.command)
        : decide(deliveryDecider, deliveries, step.id, step.command);
    if (events.length === 0) continue;
    await valueOf(storage.writer.append({ recordedAt, streams: [{ streamId, expectedVersion: "any", events }] }));
    await afterEach?.(streamId);
  }
}

function decide<State, Command, Event extends WebhookEvent | DeliveryEvent>(
  decider: Decider<State, Command, Event, unknown>,
  states: Map<string, State>,
  id: string,
  command: Command,
): readonly DomainEvent[] {
  const state = states.get(id) ?? decider.initialState;
  const events = decider.decide(command, state).unwrapOr([]);
  states.set(id, events.reduce(decider.evolve, state));
  return events;
}
