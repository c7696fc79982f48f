import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replay, type Decider } from "../../src/domain/decider.ts";
import {
  deliveryDecider,
  type AttemptFailure,
  type DeliveryCommand,
  type DeliveryEvent,
  type DeliveryState,
} from "../../src/domain/delivery/index.ts";
import { toIso } from "../../src/domain/instant.ts";
import { decodeEvent, type DomainEvent } from "../../src/domain/ledger/index.ts";
import { attemptsInAll, nextAttempt, parseRetryConfig, type RetryConfig } from "../../src/domain/retry/index.ts";
import { signingSchemes } from "../../src/domain/signing/index.ts";
import { checkUrl, webhookDecider, type WebhookState } from "../../src/domain/webhook/index.ts";
import { checkSchemes } from "../../src/domain/webhook/schemes.ts";
import {
  attemptFailures,
  deliveryCommandLists,
  deliveryCommands,
  deliveryEvents,
  deliveryHistories,
  retryConfigs,
  webhookCommands,
  webhookEvents,
  webhookHistories,
} from "../../src/testing/arbitraries/index.ts";

describe("webhook", () => {
  it("these histories have every event that there is", () => {
    expect(typesIn(webhookHistories)).toEqual(typesIn(webhookEvents.map((event) => [event])));
  });

  registerLaws(webhookDecider, webhookHistories, webhookCommands(), webhookEvents, expectValidWebhook);

  it("an added scheme joins the present ones, or is refused", () =>
    fc.assert(
      fc.property(webhookHistories, fc.constantFrom(...signingSchemes), (history, scheme) => {
        const state = replay(webhookDecider, history);
        fc.pre(state.status === "registered");
        const decided = webhookDecider.decide({ type: "AddScheme", data: { scheme } }, state);
        const isRefused = scheme === "v1a" && state.keyPair === null;
        expect(decided.isErr()).toBe(isRefused);
        const after = decided.unwrapOr([]).reduce(webhookDecider.evolve, state);
        const wanted = isRefused ? state.schemes : [...state.schemes, scheme];
        expect(after).toMatchObject({ schemes: signingSchemes.filter((one) => wanted.includes(one)) });
      }),
    ));

  it("once deleted, no command brings an event, so that its id is not registered again", () =>
    fc.assert(
      fc.property(webhookHistories, webhookCommands(), (history, command) => {
        const state = replay(webhookDecider, history);
        fc.pre(state.status === "registered");
        const end = webhookDecider.evolve(state, { type: "WebhookDeleted", data: {} });
        expect(webhookDecider.decide(command, end).unwrapOr([])).toEqual([]);
      }),
    ));

  it("once deleted, no event changes it", () =>
    fc.assert(
      fc.property(webhookHistories, webhookEvents, (history, event) => {
        const state = replay(webhookDecider, history);
        fc.pre(state.status === "registered");
        const end = webhookDecider.evolve(state, { type: "WebhookDeleted", data: {} });
        expect(webhookDecider.evolve(end, event)).toEqual({ status: "deleted", webhookId: state.webhookId });
      }),
    ));
});

describe("delivery", () => {
  it("these histories have every event that there is, and come of every command", () => {
    expect(typesIn(deliveryHistories)).toEqual(typesIn(deliveryEvents.map((event) => [event])));
    expect(typesIn(deliveryCommandLists)).toEqual(Object.keys(deliveryCommandTypes).sort());
  });

  it("these attempts fail in every way that there is", () => {
    const every: Record<AttemptFailure["kind"], true> = {
      status: true,
      timeout: true,
      connection: true,
      forbidden: true,
      signing: true,
    };
    const kinds = fc.sample(attemptFailures, { numRuns: 500, seed: 1 }).map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(every).sort());
  });

  registerLaws(deliveryDecider, deliveryHistories, deliveryCommands(), deliveryEvents, expectValidDelivery);

  const success = (attempt: number): DeliveryEvent => ({
    type: "DeliverySucceeded",
    data: { attempt, statusCode: 200, durationMs: 1 },
  });

  it("once delivered, no command brings an event", () =>
    fc.assert(
      fc.property(deliveryHistories, deliveryCommands(), (history, command) => {
        const state = replay(deliveryDecider, history);
        fc.pre(state.status !== "unscheduled");
        const delivered = deliveryDecider.evolve(state, success(1));
        expect(delivered.status).toBe("delivered");
        expect(deliveryDecider.decide(command, delivered).unwrapOr([])).toEqual([]);
      }),
    ));

  it("once delivered, no event changes it", () =>
    fc.assert(
      fc.property(deliveryHistories, fc.array(deliveryEvents, { maxLength: 5 }), (history, events) => {
        const state = replay(deliveryDecider, history);
        fc.pre(state.status !== "unscheduled");
        const delivered = deliveryDecider.evolve(state, success(1));
        expect(events.reduce(deliveryDecider.evolve, delivered)).toEqual(delivered);
      }),
    ));

  it("under one retry config, a round never has more attempts than it allows, and exactly that many exhaust it", () =>
    fc.assert(
      fc.property(retryConfigs, deliveryCommandLists, (retryConfig, commands) => {
        const alike = commands.map((command) => withRetryConfig(command, retryConfig));
        let state = deliveryDecider.initialState;
        for (const command of alike) {
          state = deliveryDecider.decide(command, state).unwrapOr([]).reduce(deliveryDecider.evolve, state);
          if (state.status === "unscheduled" || state.status === "delivered") continue;
          const inRound = state.attempts - state.attemptsBeforeRound;
          expect(inRound).toBeLessThanOrEqual(attemptsInAll(retryConfig));
          if (state.status === "exhausted") expect(inRound).toBe(attemptsInAll(retryConfig));
          if (state.status === "pending") expect(inRound).toBeLessThan(attemptsInAll(retryConfig));
        }
      }),
    ));

  it("a failure of the due attempt brings what the policy says: a retry, exhaustion, or cancellation on a 410", () =>
    fc.assert(
      fc.property(deliveryHistories, deliveryCommands(), (history, command) => {
        const state = replay(deliveryDecider, history);
        fc.pre(command.type === "RecordFailure" && state.status === "pending");
        const { retryConfig, now, random, failure, durationMs, retryAfterSeconds } = command.data;
        const attempt = state.attempts + 1;
        const events = deliveryDecider.decide({ ...command, data: { ...command.data, attempt } }, state).unwrapOr([]);
        const statusCode = failure.kind === "status" ? failure.statusCode : null;
        const inRound = attempt - state.attemptsBeforeRound;
        const next = nextAttempt(retryConfig, inRound, { statusCode, retryAfterSeconds }, random);
        const retryAt = next === null ? null : toIso(now + Math.ceil(next.delaySeconds * 1000));
        const end: DeliveryEvent[] =
          statusCode === 410
            ? [{ type: "DeliveryCancelled", data: { reason: "webhook-deactivated" } }]
            : [{ type: "DeliveryExhausted", data: { attempts: attempt } }];
        expect(events).toEqual([
          { type: "DeliveryAttemptFailed", data: { attempt, failure, durationMs, retryAt } },
          ...(retryAt === null ? end : []),
        ]);
        if (statusCode === 410) expect(retryAt).toBeNull();
      }),
    ));
});

/** The types of the events in some hundred histories, each once: a law holds trivially of what never happens. */
function typesIn(lists: fc.Arbitrary<readonly { readonly type: string }[]>): readonly string[] {
  const all = fc.sample(lists, { numRuns: 500, seed: 1 }).flat();
  return [...new Set(all.map(({ type }) => type))].sort();
}

/** The compiler asks for a new command's type. */
const deliveryCommandTypes: Readonly<Record<DeliveryCommand["type"], true>> = {
  ScheduleDelivery: true,
  RecordSuccess: true,
  RecordFailure: true,
  CancelDelivery: true,
  RequestRedelivery: true,
};

/** The laws that every decider here obeys. */
function registerLaws<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event, unknown>,
  histories: fc.Arbitrary<readonly Event[]>,
  commands: fc.Arbitrary<Command>,
  anyEvents: fc.Arbitrary<Event>,
  expectValid: (state: State) => void,
): void {
  it("the events that are decided never lead to an invalid state", () =>
    fc.assert(
      fc.property(histories, (history) => {
        history.reduce((state, event) => {
          const next = decider.evolve(state, event);
          expectValid(next);
          return next;
        }, decider.initialState);
      }),
    ));

  it("the events that a command brings change the state", () =>
    fc.assert(
      fc.property(histories, commands, (history, command) => {
        const state = replay(decider, history);
        const events = decider.decide(command, state).unwrapOr([]);
        fc.pre(events.length > 0);
        events.reduce((before, event) => {
          const after = decider.evolve(before, event);
          expect(after).not.toEqual(before);
          return after;
        }, state);
      }),
    ));

  it("every event that is decided is read back from JSON unchanged", () =>
    fc.assert(
      fc.property(histories, (history) => {
        for (const event of history) {
          const { type, data } = event;
          expect(decodeEvent(type, JSON.parse(JSON.stringify(data)))._unsafeUnwrap()).toEqual(event);
        }
      }),
    ));

  it("a command that is given twice is harmless: the second time it brings no event", () =>
    fc.assert(
      fc.property(histories, commands, (history, command) => {
        const state = replay(decider, history);
        const events = decider.decide(command, state).unwrapOr([]);
        const after = events.reduce(decider.evolve, state);
        expect(decider.decide(command, after).unwrapOr([])).toEqual([]);
      }),
    ));

  it("deciding changes neither the command nor the state, and decides the same when repeated", () =>
    fc.assert(
      fc.property(histories, commands, (history, command) => {
        const state = replay(decider, history);
        const before = structuredClone({ state, command });
        const decided = decider.decide(command, state);
        expect({ state, command }).toEqual(before);
        expect(decided).toEqual(decider.decide(command, state));
      }),
    ));

  it("evolve accepts any event in any state, and changes no state in place", () =>
    fc.assert(
      fc.property(fc.array(anyEvents, { maxLength: 20 }), (events) => {
        events.reduce((state, event) => {
          const before = structuredClone(state);
          const next = decider.evolve(state, event);
          expect(state).toEqual(before);
          return next;
        }, decider.initialState);
      }),
    ));
}

function expectValidWebhook(state: WebhookState): void {
  if (state.status === "unregistered") return expect(state).toEqual({ status: "unregistered" });
  if (state.status === "deleted") return expect(state).toEqual({ status: "deleted", webhookId: "webhook-1" });
  expect(state).toMatchObject({ webhookId: "webhook-1", tenantId: "" });
  expect(checkUrl(state.url).isOk()).toBe(true);
  expect(new Set(state.events).size).toBe(state.events.length);
  expect(parseRetryConfig(state.retryConfig)._unsafeUnwrap()).toEqual(state.retryConfig);
  expect(checkSchemes(state.schemes, state.keyPair)._unsafeUnwrap()).toEqual(state.schemes);
  if (state.active) expect(state.deactivationReason).toBeNull();
  else expect(state.paused).toBe(false);
}

const identity = { deliveryId: "delivery-1", messageId: "message-1", webhookId: "webhook-1", tenantId: "" };
const knownFields = [
  "attempts",
  "attemptsBeforeRound",
  "deliveryId",
  "event",
  "messageId",
  "status",
  "tenantId",
  "webhookId",
];

function expectValidDelivery(state: DeliveryState): void {
  if (state.status === "unscheduled") return expect(state).toEqual({ status: "unscheduled" });
  expect(state).toMatchObject(identity);
  expect(state.attemptsBeforeRound).toBeGreaterThanOrEqual(0);
  expect(state.attempts).toBeGreaterThanOrEqual(state.attemptsBeforeRound);
  switch (state.status) {
    case "pending":
      expect(Number.isSafeInteger(state.dueAt)).toBe(true);
      return expect(Object.keys(state).toSorted()).toEqual([...knownFields, "dueAt"].toSorted());
    case "cancelled":
      return expect(Object.keys(state).toSorted()).toEqual([...knownFields, "reason"].toSorted());
    case "delivered":
    case "exhausted":
      return expect(Object.keys(state).toSorted()).toEqual(knownFields);
  }
}

function withRetryConfig(command: DeliveryCommand, retryConfig: RetryConfig): DeliveryCommand {
  return command.type === "RecordFailure" ? { ...command, data: { ...command.data, retryConfig } } : command;
}
