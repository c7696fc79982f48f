import { describe, expect, it } from "vitest";
import { replay } from "../../src/domain/decider.ts";
import {
  deliveryDecider,
  type AttemptFailure,
  type DeliveryCommand,
  type DeliveryEvent,
  type RecordFailure,
  type ScheduleDelivery,
} from "../../src/domain/delivery/index.ts";
import { DEFAULT_RETRY_CONFIG, type RetryConfig } from "../../src/domain/retry/index.ts";
import { givenFor } from "../../src/testing/given-when-then.ts";

const given = givenFor(deliveryDecider);

const T0 = "2026-01-01T00:00:00.000Z";
const NOW = Date.parse(T0);
const identity = { deliveryId: "d", messageId: "m", webhookId: "w", tenantId: "acme", event: "memory.updated" };
const failure: AttemptFailure = { kind: "status", statusCode: 503 };
const notScheduled = { type: "NotScheduled", message: "there is no such delivery" } as const;

const schedule = (other: Partial<ScheduleDelivery["data"]> = {}): DeliveryCommand => ({
  type: "ScheduleDelivery",
  data: { ...identity, now: NOW, ...other },
});
const success = (attempt: number): DeliveryCommand => ({
  type: "RecordSuccess",
  data: { attempt, statusCode: 204, durationMs: 7 },
});
const failureOf = (attempt: number, other: Partial<RecordFailure["data"]> = {}): DeliveryCommand => ({
  type: "RecordFailure",
  data: {
    ...{ attempt, failure, durationMs: 7, retryAfterSeconds: null },
    ...{ retryConfig: DEFAULT_RETRY_CONFIG, now: NOW, random: 0 },
    ...other,
  },
});
const cancel: DeliveryCommand = { type: "CancelDelivery", data: { reason: "webhook-deleted" } };
const redeliver: DeliveryCommand = { type: "RequestRedelivery", data: { now: NOW } };

const scheduled: DeliveryEvent = { type: "DeliveryScheduled", data: { ...identity, dueAt: T0 } };
const failed = (attempt: number, retryAt: string | null = T0): DeliveryEvent => ({
  type: "DeliveryAttemptFailed",
  data: { attempt, failure, durationMs: 7, retryAt },
});
const succeeded = (attempt: number): DeliveryEvent => ({
  type: "DeliverySucceeded",
  data: { attempt, statusCode: 204, durationMs: 7 },
});
const exhausted = (attempts: number): DeliveryEvent => ({ type: "DeliveryExhausted", data: { attempts } });
const cancelled: DeliveryEvent = { type: "DeliveryCancelled", data: { reason: "webhook-deleted" } };
const redelivery: DeliveryEvent = { type: "RedeliveryRequested", data: { dueAt: T0 } };
const outOfOrder = (attempt: number, expected: number) => ({
  type: "AttemptOutOfOrder" as const,
  attempt,
  expected,
  message: `an outcome was given for attempt ${attempt}, but the next attempt is ${expected}`,
});

describe("scheduling", () => {
  it("is due at once", () => given().when(schedule()).then(scheduled));

  it("the same message to the same webhook again changes nothing, whatever became of the delivery", () => {
    given(scheduled)
      .when(schedule({ now: NOW + 5 }))
      .then();
    given(scheduled, succeeded(1)).when(schedule()).then();
    given(scheduled, cancelled).when(schedule()).then();
  });

  it.each([{ messageId: "other" }, { webhookId: "other" }])("%o under the same id is refused", (other) =>
    given(scheduled).when(schedule(other)).thenRefused({
      type: "DeliveryAlreadyScheduled",
      deliveryId: "d",
      message: "the id d already names a delivery of another message or to another webhook",
    }),
  );

  it.each([success(1), failureOf(1), cancel, redeliver])("$type is refused before scheduling", (command) =>
    given().when(command).thenRefused(notScheduled),
  );
});

describe("a success", () => {
  it("delivers", () => given(scheduled).when(success(1)).then(succeeded(1)));

  it("delivers after failures", () => given(scheduled, failed(1), failed(2)).when(success(3)).then(succeeded(3)));

  it("counts over a retry that another worker scheduled for the same attempt", () =>
    given(scheduled, failed(1)).when(success(1)).then(succeeded(1)));

  it("counts after a cancellation, and after the delivery was exhausted", () => {
    given(scheduled, cancelled).when(success(1)).then(succeeded(1));
    given(scheduled, failed(1, null), exhausted(1)).when(success(1)).then(succeeded(1));
  });

  it("changes nothing once the delivery is delivered", () => given(scheduled, succeeded(1)).when(success(1)).then());

  it("of an attempt that cannot have begun is refused", () => {
    given(scheduled).when(success(2)).thenRefused(outOfOrder(2, 1));
    given(scheduled, failed(1)).when(success(3)).thenRefused(outOfOrder(3, 2));
    given(scheduled).when(success(0)).thenRefused(outOfOrder(0, 1));
    given(scheduled).when(success(-1)).thenRefused(outOfOrder(-1, 1));
  });
});

describe("a failure", () => {
  it("is retried after the base delay", () =>
    given(scheduled).when(failureOf(1)).then(failed(1, "2026-01-01T00:00:01.000Z")));

  it("waits longer after each attempt, as retryDelay says", () => {
    given(scheduled, failed(1)).when(failureOf(2)).then(failed(2, "2026-01-01T00:00:02.000Z"));
    given(scheduled, failed(1), failed(2)).when(failureOf(3)).then(failed(3, "2026-01-01T00:00:04.000Z"));
    given(scheduled, failed(1), failed(2), failed(3)).when(failureOf(4)).then(failed(4, "2026-01-01T00:00:08.000Z"));
  });

  it("of the last attempt exhausts the delivery, with no retry", () => {
    given(scheduled, failed(1), failed(2), failed(3), failed(4)).when(failureOf(5)).then(failed(5, null), exhausted(5));
    given(scheduled)
      .when(failureOf(1, { retryConfig: retries(1) }))
      .then(failed(1, null), exhausted(1));
  });

  it("exhausts the delivery if maxRetries was lowered below the attempts already made", () =>
    given(scheduled, failed(1), failed(2))
      .when(failureOf(3, { retryConfig: retries(2) }))
      .then(failed(3, null), exhausted(3)));

  it("waits less by a random part if there is jitter, rounded up to a millisecond", () => {
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, jitterFraction: 0.5 };
    given(scheduled)
      .when(failureOf(1, { retryConfig, random: 0.5 }))
      .then(failed(1, "2026-01-01T00:00:00.750Z"));
    given(scheduled)
      .when(failureOf(1, { retryConfig, random: 0.9999 }))
      .then(failed(1, "2026-01-01T00:00:00.501Z"));
  });

  it("ignores the random number if there is no jitter", () =>
    given(scheduled)
      .when(failureOf(1, { random: 0.9 }))
      .then(failed(1, "2026-01-01T00:00:01.000Z")));

  it("waits what a schedule says, and exhausts the delivery at its end", () => {
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, scheduleSeconds: [0, 5, 2] };
    given(scheduled).when(failureOf(1, { retryConfig })).then(failed(1, "2026-01-01T00:00:05.000Z"));
    given(scheduled, failed(1)).when(failureOf(2, { retryConfig })).then(failed(2, "2026-01-01T00:00:02.000Z"));
    given(scheduled, failed(1), failed(2)).when(failureOf(3, { retryConfig })).then(failed(3, null), exhausted(3));
  });

  it("is retried beyond maxRetries if there is a schedule", () => {
    const retryConfig = { ...retries(1), scheduleSeconds: [0, 5] };
    given(scheduled).when(failureOf(1, { retryConfig })).then(failed(1, "2026-01-01T00:00:05.000Z"));
  });

  it("waits at least as long as the receiver asks, jitter or not", () => {
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, jitterFraction: 1 };
    given(scheduled)
      .when(failureOf(1, { retryAfterSeconds: 30, retryConfig, random: 0.9 }))
      .then(failed(1, "2026-01-01T00:00:30.000Z"));
    given(scheduled)
      .when(failureOf(1, { retryAfterSeconds: 0.5 }))
      .then(failed(1, "2026-01-01T00:00:01.000Z"));
  });

  it("waits no longer than maxRetryAfterSeconds for what the receiver asks", () => {
    given(scheduled)
      .when(failureOf(1, { retryAfterSeconds: 86_400 }))
      .then(failed(1, "2026-01-01T01:00:00.000Z"));
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, maxRetryAfterSeconds: 20 };
    given(scheduled)
      .when(failureOf(1, { retryAfterSeconds: 86_400, retryConfig }))
      .then(failed(1, "2026-01-01T00:00:20.000Z"));
  });

  it("of an attempt whose outcome is known changes nothing", () => {
    given(scheduled, failed(1)).when(failureOf(1)).then();
    given(scheduled, failed(1), failed(2)).when(failureOf(1)).then();
    given(scheduled).when(failureOf(0)).then();
  });

  it("after the delivery has ended changes nothing: whatever ended it outranks a failure", () => {
    given(scheduled, succeeded(1)).when(failureOf(2)).then();
    given(scheduled, cancelled).when(failureOf(1)).then();
    given(scheduled, failed(1, null), exhausted(1)).when(failureOf(2)).then();
  });

  it("of an attempt that cannot have begun is refused", () => {
    given(scheduled).when(failureOf(2)).thenRefused(outOfOrder(2, 1));
    given(scheduled, failed(1)).when(failureOf(4)).thenRefused(outOfOrder(4, 2));
  });

  it.each<AttemptFailure>([
    { kind: "timeout", timeoutSeconds: 10, message: "too slow" },
    { kind: "connection", code: "ECONNREFUSED", message: "refused" },
    { kind: "forbidden", message: "private" },
  ])("keeps its reason: $kind", (reason) =>
    given(scheduled)
      .when(failureOf(1, { failure: reason }))
      .then({
        type: "DeliveryAttemptFailed",
        data: { attempt: 1, failure: reason, durationMs: 7, retryAt: "2026-01-01T00:00:01.000Z" },
      }),
  );
});

describe("a 410", () => {
  const gone: AttemptFailure = { kind: "status", statusCode: 410 };
  const failedAsGone = (attempt: number): DeliveryEvent => ({
    type: "DeliveryAttemptFailed",
    data: { attempt, failure: gone, durationMs: 7, retryAt: null },
  });
  const deactivated: DeliveryEvent = { type: "DeliveryCancelled", data: { reason: "webhook-deactivated" } };

  it("ends the delivery, whatever attempts are left", () =>
    given(scheduled)
      .when(failureOf(1, { failure: gone }))
      .then(failedAsGone(1), deactivated));

  it("ends it as cancelled on the last attempt too", () =>
    given(scheduled)
      .when(failureOf(1, { failure: gone, retryConfig: retries(1) }))
      .then(failedAsGone(1), deactivated));

  it("counts for nothing if it comes too late", () => {
    given(scheduled, succeeded(1))
      .when(failureOf(1, { failure: gone }))
      .then();
    given(scheduled, failed(1))
      .when(failureOf(1, { failure: gone }))
      .then();
  });

  it("leaves a delivery that can be redelivered, and that a late success still delivers", () => {
    given(scheduled, failedAsGone(1), deactivated).when(redeliver).then(redelivery);
    given(scheduled, failedAsGone(1), deactivated).when(success(1)).then(succeeded(1));
  });
});

describe("cancelling", () => {
  it("ends a pending delivery, with the reason", () => {
    given(scheduled).when(cancel).then(cancelled);
    given(scheduled, failed(1)).when(cancel).then(cancelled);
  });

  it("changes nothing once the delivery has ended", () => {
    given(scheduled, succeeded(1)).when(cancel).then();
    given(scheduled, failed(1, null), exhausted(1)).when(cancel).then();
    given(scheduled, cancelled).when(cancel).then();
  });
});

describe("redelivering", () => {
  it("starts an exhausted or cancelled delivery again, due at once", () => {
    given(scheduled, failed(1, null), exhausted(1)).when(redeliver).then(redelivery);
    given(scheduled, cancelled).when(redeliver).then(redelivery);
  });

  it("lets a pending delivery wait for its retry no longer, and gives it every retry again", () => {
    const waiting = [scheduled, failed(1, "2026-01-01T00:00:00.001Z")] as const;
    given(...waiting)
      .when(redeliver)
      .then(redelivery);
    given(...waiting, redelivery)
      .when(failureOf(2, { retryConfig: retries(2) }))
      .then(failed(2, "2026-01-01T00:00:01.000Z"));
  });

  it("changes nothing if the pending delivery is due, and so may be under way", () => {
    given(scheduled).when(redeliver).then();
    given(scheduled, failed(1, T0)).when(redeliver).then();
  });

  it("is refused once the delivery is delivered, which is final", () =>
    given(scheduled, succeeded(1)).when(redeliver).thenRefused({
      type: "DeliveryAlreadyDelivered",
      deliveryId: "d",
      message: "the delivery d was delivered, which is final; messages.resend sends its message again",
    }));

  it("gives every retry again: attempt numbers go on, and delays start from the beginning", () => {
    const retryConfig = retries(2);
    const again = [scheduled, failed(1), failed(2, null), exhausted(2), redelivery] as const;
    given(...again)
      .when(failureOf(3, { retryConfig }))
      .then(failed(3, "2026-01-01T00:00:01.000Z"));
    given(...again, failed(3))
      .when(failureOf(4, { retryConfig }))
      .then(failed(4, null), exhausted(4));
    given(...again)
      .when(success(3))
      .then(succeeded(3));
    given(...again)
      .when(failureOf(2, { retryConfig }))
      .then();
  });
});

describe("the state after", () => {
  const state = (...events: DeliveryEvent[]) => replay(deliveryDecider, events);
  const known = { ...identity, attempts: 0, attemptsBeforeRound: 0 };
  const later = "2026-01-01T00:00:09.000Z";

  it("nothing is unscheduled, and so is the state after any event but a scheduling", () => {
    expect(state()).toEqual({ status: "unscheduled" });
    expect(state(succeeded(1), failed(1), cancelled, exhausted(1), redelivery)).toEqual({ status: "unscheduled" });
  });

  it("the scheduling is pending, and a second one changes nothing", () => {
    expect(state(scheduled)).toEqual({ ...known, status: "pending", dueAt: NOW });
    const second: DeliveryEvent = {
      type: "DeliveryScheduled",
      data: { ...identity, webhookId: "other", dueAt: later },
    };
    expect(state(scheduled, second)).toEqual({ ...known, status: "pending", dueAt: NOW });
    expect(state(scheduled, cancelled, second)).toEqual({ ...known, status: "cancelled", reason: "webhook-deleted" });
  });

  it("a failure is pending until the retry; if there is no retry, the due time stays", () => {
    expect(state(scheduled, failed(1, later))).toEqual({ ...known, attempts: 1, status: "pending", dueAt: NOW + 9000 });
    expect(state(scheduled, failed(1, null))).toEqual({ ...known, attempts: 1, status: "pending", dueAt: NOW });
  });

  it("a failure of a settled delivery changes nothing", () =>
    expect(state(scheduled, cancelled, failed(1, later))).toEqual({
      ...known,
      status: "cancelled",
      reason: "webhook-deleted",
    }));

  it("the end has the number of attempts, and no due time", () => {
    expect(state(scheduled, failed(1), succeeded(2))).toEqual({ ...known, attempts: 2, status: "delivered" });
    expect(state(scheduled, failed(1), failed(2), succeeded(1))).toEqual({
      ...known,
      attempts: 2,
      status: "delivered",
    });
    expect(state(scheduled, failed(1, null), exhausted(1))).toEqual({ ...known, attempts: 1, status: "exhausted" });
    expect(state(scheduled, failed(1), cancelled)).toEqual({
      ...known,
      attempts: 1,
      status: "cancelled",
      reason: "webhook-deleted",
    });
  });

  it("a redelivery is pending again, in a new round, without the reason for its end", () =>
    expect(state(scheduled, failed(1), cancelled, { type: "RedeliveryRequested", data: { dueAt: later } })).toEqual({
      ...known,
      ...{ attempts: 1, attemptsBeforeRound: 1, status: "pending", dueAt: NOW + 9000 },
    }));

  it("delivered is final: no event changes it", () => {
    const end = state(scheduled, succeeded(1));
    for (const event of [scheduled, failed(2), succeeded(2), exhausted(2), cancelled, redelivery]) {
      expect(deliveryDecider.evolve(end, event)).toBe(end);
    }
  });
});

function retries(maxRetries: number): RetryConfig {
  return { ...DEFAULT_RETRY_CONFIG, maxRetries };
}
