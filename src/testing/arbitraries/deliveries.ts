import fc from "fast-check";
import {
  deliveryDecider,
  type AttemptFailure,
  type DeliveryCommand,
  type DeliveryEvent,
} from "../../domain/delivery/index.ts";
import { toIso } from "../../domain/instant.ts";
import { commandLists, historyOf } from "./histories.ts";
import { anyText } from "./json-values.ts";
import { retryConfigs } from "./retry-configs.ts";
import { eventTypes, instants, isoInstants, tagged } from "./values.ts";

/** One for each kind, so that a new kind is a compile error here. */
const failuresByKind: {
  readonly [Kind in AttemptFailure["kind"]]: fc.Arbitrary<Extract<AttemptFailure, { kind: Kind }>>;
} = {
  status: fc.record({
    kind: fc.constant("status" as const),
    statusCode: fc.constantFrom(301, 404, 410, 429, 500, 503),
  }),
  timeout: fc.record({ kind: fc.constant("timeout" as const), timeoutSeconds: fc.constant(10), message: anyText }),
  connection: fc.record({
    kind: fc.constant("connection" as const),
    code: fc.option(fc.constant("ECONNREFUSED")),
    message: anyText,
  }),
  forbidden: fc.record({ kind: fc.constant("forbidden" as const), message: anyText }),
  signing: fc.record({ kind: fc.constant("signing" as const), message: anyText }),
};

/** Why an attempt failed: every kind that there is. */
export const attemptFailures: fc.Arbitrary<AttemptFailure> = fc.oneof(...Object.values(failuresByKind));

const cancellationReasons = fc.constantFrom(
  "operator" as const,
  "webhook-deleted" as const,
  "webhook-deactivated" as const,
  "message-missing" as const,
  "message-erased" as const,
);

interface DeliveryIdentity {
  readonly webhookId: string;
  readonly tenantId: string;
  readonly deliveryId: string;
  readonly messageId: string;
}

const theDelivery: DeliveryIdentity = {
  webhookId: "webhook-1",
  tenantId: "",
  deliveryId: "delivery-1",
  messageId: "message-1",
};
/** Low numbers more often: a history goes on only if the next attempt's outcome comes. */
const attempts = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 }) },
);
const durations = fc.nat(10_000);

/** Returns an arbitrary of commands to one delivery, most of them allowed, in no sensible order. */
export function deliveryCommands(identity: DeliveryIdentity = theDelivery): fc.Arbitrary<DeliveryCommand> {
  const statusCode = fc.constantFrom(200, 204);
  return fc.oneof(
    schedulings(identity),
    tagged("RecordSuccess", { attempt: attempts, statusCode, durationMs: durations }),
    {
      weight: 10,
      arbitrary: tagged("RecordFailure", {
        attempt: attempts,
        failure: attemptFailures,
        durationMs: durations,
        retryAfterSeconds: fc.option(fc.constantFrom(0, 0.5, 20, 7200)),
        retryConfig: retryConfigs,
        now: instants,
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
    },
    tagged("CancelDelivery", { reason: cancellationReasons }),
    { weight: 2, arbitrary: tagged("RequestRedelivery", { now: instants }) },
  );
}

/** The command with which a delivery begins. */
export function schedulings({ deliveryId, messageId, webhookId, tenantId }: DeliveryIdentity) {
  return tagged("ScheduleDelivery", {
    deliveryId: fc.constant(deliveryId),
    messageId: fc.constant(messageId),
    webhookId: fc.constant(webhookId),
    tenantId: fc.constant(tenantId),
    event: eventTypes,
    now: instants,
  });
}

/** Commands to one delivery that mostly begin with its scheduling. */
export const deliveryCommandLists: fc.Arbitrary<readonly DeliveryCommand[]> = commandLists<DeliveryCommand>(
  schedulings(theDelivery),
  deliveryCommands(),
);

/** The events that the delivery decider makes of such commands. */
export const deliveryHistories = deliveryCommandLists.map((commands) => historyOf(deliveryDecider, commands));

/** Any delivery event at all, whether or not a decider would ever write it after the ones before. */
export const deliveryEvents: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  schedulings(theDelivery).map(({ data: { now, ...data } }) => ({
    type: "DeliveryScheduled" as const,
    data: { ...data, dueAt: toIso(now) },
  })),
  tagged("DeliveryAttemptFailed", {
    attempt: fc.integer({ min: 1, max: 9 }),
    failure: attemptFailures,
    durationMs: durations,
    retryAt: fc.option(isoInstants),
  }),
  tagged("DeliverySucceeded", {
    attempt: fc.integer({ min: 1, max: 9 }),
    statusCode: fc.constant(200),
    durationMs: durations,
  }),
  tagged("DeliveryExhausted", { attempts: fc.integer({ min: 1, max: 9 }) }),
  tagged("DeliveryCancelled", { reason: cancellationReasons }),
  tagged("RedeliveryRequested", { dueAt: isoInstants }),
);
