import fc from "fast-check";
import type { Decider } from "../../src/domain/decider.ts";
import {
  deliveryDecider,
  type AttemptFailure,
  type DeliveryCommand,
  type DeliveryEvent,
} from "../../src/domain/delivery/index.ts";
import { toIso } from "../../src/domain/instant.ts";
import type { RetryConfig } from "../../src/domain/retry/index.ts";
import {
  webhookDecider,
  type HeaderReference,
  type WebhookCommand,
  type WebhookEvent,
} from "../../src/domain/webhook/index.ts";
import { anyText } from "./json-values.ts";

/** Few values each, so that commands often ask for what is already so, and histories often turn back. */
export const instants: fc.Arbitrary<number> = fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 });
export const eventTypes: fc.Arbitrary<string> = fc.constantFrom("memory.remembered", "memory.updated", "order.paid");
const subscriptions = fc.array(eventTypes, { maxLength: 4 });
const secretIds = fc.constantFrom("secret-1", "secret-2", "secret-3");
const urls = fc.constantFrom("https://a.example/hooks", "https://b.example/hooks", "http://c.example:8080/?q=1");
const wrongUrls = fc.constantFrom("", "nonsense", "ftp://a.example/", "https://user:password@a.example/");

/** JSON has no negative zero. */
function fraction(max: number): fc.Arbitrary<number> {
  return fc.double({ min: 0, max, noNaN: true }).map((value) => value + 0);
}

const schedules = fc.constantFrom<readonly number[]>([0], [0, 5], [0, 5, 300], [0, 300, 5], [0, 0.5, 0]);

const retrySettings = {
  maxRetries: fc.integer({ min: 1, max: 3 }),
  baseDelaySeconds: fc.oneof(fc.constant(0), fraction(100)),
  maxDelaySeconds: fc.oneof(fc.constant(60), fraction(1000)),
  backoffMultiplier: fc.oneof(
    fc.constant(1),
    fraction(10).map((more) => 1 + more),
  ),
  jitterFraction: fraction(1),
  scheduleSeconds: schedules,
  maxRetryAfterSeconds: fc.constantFrom(0, 10, 3600),
  deactivateAfterSeconds: fc.constantFrom(null, 60, 432_000),
};

export const retryConfigs: fc.Arbitrary<RetryConfig> = fc.record(retrySettings, {
  requiredKeys: ["maxRetries", "baseDelaySeconds", "maxDelaySeconds", "backoffMultiplier"],
});

/** Some of the settings; what is left out stays as it is. */
const retryConfigChanges: fc.Arbitrary<Partial<RetryConfig>> = fc.record(
  { ...retrySettings, scheduleSeconds: fc.oneof(schedules, fc.constant([])) },
  { requiredKeys: [] },
);

const headerReferences: fc.Arbitrary<HeaderReference | null> = fc.option(
  fc.record({
    headersId: fc.constantFrom("headers-1", "headers-2"),
    names: fc.constantFrom([], ["x-a"], ["x-a", "x-b"]),
  }),
);

export const attemptFailures: fc.Arbitrary<AttemptFailure> = fc.oneof(
  fc.record({ kind: fc.constant("status" as const), statusCode: fc.constantFrom(301, 404, 410, 429, 500, 503) }),
  fc.record({ kind: fc.constant("timeout" as const), timeoutSeconds: fc.constant(10), message: anyText }),
  fc.record({
    kind: fc.constant("connection" as const),
    code: fc.option(fc.constant("ECONNREFUSED")),
    message: anyText,
  }),
  fc.record({ kind: fc.constant("forbidden" as const), message: anyText }),
);

const deactivationReasons = fc.constantFrom("operator" as const, "failing" as const, "gone" as const);
const cancellationReasons = fc.constantFrom(
  "operator" as const,
  "webhook-deleted" as const,
  "webhook-deactivated" as const,
  "message-missing" as const,
  "message-erased" as const,
);

interface WebhookIdentity {
  readonly webhookId: string;
  readonly tenantId: string;
}

const theWebhook: WebhookIdentity = { webhookId: "webhook-1", tenantId: "" };

/** Commands to one webhook, most of them allowed, in no sensible order. */
export function webhookCommands(identity: WebhookIdentity = theWebhook): fc.Arbitrary<WebhookCommand> {
  const rightOrWrong = fc.oneof({ weight: 4, arbitrary: urls }, { weight: 1, arbitrary: wrongUrls });
  const commands = fc.oneof(
    registration(identity, rightOrWrong),
    command("ChangeUrl", { url: rightOrWrong }),
    command("ChangeSubscription", { events: subscriptions }),
    command("ChangeRetryConfig", { retryConfig: retryConfigChanges }),
    command("ChangeHeaders", { headers: headerReferences }),
    command("RotateSecret", {
      secretId: secretIds,
      overlapSeconds: fc.constantFrom(0, 0.5, 86_400, -1),
      now: instants,
    }),
    fc.record({ type: fc.constant("ActivateWebhook" as const) }),
    command("DeactivateWebhook", { reason: deactivationReasons }),
  );
  // A deletion ends a history, so it has to be rare.
  return fc.oneof(
    { weight: 20, arbitrary: commands },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("DeleteWebhook" as const) }) },
  );
}

function registration({ webhookId, tenantId }: WebhookIdentity, url: fc.Arbitrary<string>) {
  return command("RegisterWebhook", {
    webhookId: fc.constant(webhookId),
    tenantId: fc.constant(tenantId),
    url,
    events: subscriptions,
    active: fc.boolean(),
    retryConfig: retryConfigs,
    secretId: secretIds,
    headers: headerReferences,
  });
}

interface DeliveryIdentity extends WebhookIdentity {
  readonly deliveryId: string;
  readonly messageId: string;
}

const theDelivery: DeliveryIdentity = { ...theWebhook, deliveryId: "delivery-1", messageId: "message-1" };
/** Low numbers more often: a history gets on only where the next attempt's outcome comes. */
const attempts = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 }) },
);
const durations = fc.nat(10_000);

/** Commands to one delivery, most of them allowed, in no sensible order. */
export function deliveryCommands(identity: DeliveryIdentity = theDelivery): fc.Arbitrary<DeliveryCommand> {
  const statusCode = fc.constantFrom(200, 204);
  return fc.oneof(
    scheduling(identity),
    command("RecordSuccess", { attempt: attempts, statusCode, durationMs: durations }),
    {
      weight: 10,
      arbitrary: command("RecordFailure", {
        attempt: attempts,
        failure: attemptFailures,
        durationMs: durations,
        retryAfterSeconds: fc.option(fc.constantFrom(0, 0.5, 20, 7200)),
        retryConfig: retryConfigs,
        now: instants,
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
    },
    command("CancelDelivery", { reason: cancellationReasons }),
    { weight: 2, arbitrary: command("RequestRedelivery", { now: instants }) },
  );
}

function scheduling({ deliveryId, messageId, webhookId, tenantId }: DeliveryIdentity) {
  return command("ScheduleDelivery", {
    deliveryId: fc.constant(deliveryId),
    messageId: fc.constant(messageId),
    webhookId: fc.constant(webhookId),
    tenantId: fc.constant(tenantId),
    event: eventTypes,
    now: instants,
  });
}

function command<const Type extends string, Data>(
  type: Type,
  data: { readonly [Name in keyof Data]: fc.Arbitrary<Data[Name]> },
) {
  return fc.record({ type: fc.constant(type), data: fc.record<Data>({ ...data }) });
}

/** The events that `commands` cause one after the other; those that are refused, or already so, cause none. */
export function historyOf<State, Command, Event>(
  decider: Decider<State, Command, Event, unknown>,
  commands: readonly Command[],
): readonly Event[] {
  const history: Event[] = [];
  let state = decider.initialState;
  for (const each of commands) {
    const events = decider.decide(each, state).unwrapOr([]);
    history.push(...events);
    state = events.reduce(decider.evolve, state);
  }
  return history;
}

/** Long lists: left to itself, fast-check prefers short ones, in which little can happen. */
function mostly<Command>(
  first: fc.Arbitrary<Command>,
  others: fc.Arbitrary<Command>,
): fc.Arbitrary<readonly Command[]> {
  const beginnings = fc.oneof(
    { weight: 9, arbitrary: first.map((begun) => [begun]) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
  return fc.tuple(beginnings, fc.array(others, { maxLength: 30, size: "max" })).map((parts) => parts.flat());
}

/** Commands to one webhook that mostly begin with its registration. */
export const webhookCommandLists: fc.Arbitrary<readonly WebhookCommand[]> = mostly<WebhookCommand>(
  registration(theWebhook, urls),
  webhookCommands(),
);

/** Commands to one delivery that mostly begin with its scheduling. */
export const deliveryCommandLists: fc.Arbitrary<readonly DeliveryCommand[]> = mostly<DeliveryCommand>(
  scheduling(theDelivery),
  deliveryCommands(),
);

/** What the webhook decider makes of such commands. */
export const webhookHistories = webhookCommandLists.map((commands) => historyOf(webhookDecider, commands));

/** What the delivery decider makes of such commands. */
export const deliveryHistories = deliveryCommandLists.map((commands) => historyOf(deliveryDecider, commands));

const isoInstants = instants.map(toIso);

/** Any webhook event at all, whether or not a decider would ever write it after those before it. */
export const webhookEvents: fc.Arbitrary<WebhookEvent> = fc.oneof(
  registration(theWebhook, urls).map(({ data }) => ({ type: "WebhookRegistered" as const, data })),
  command("WebhookUrlChanged", { url: urls }),
  command("WebhookSubscriptionChanged", { events: subscriptions }),
  command("WebhookRetryConfigChanged", { retryConfig: retryConfigs }),
  command("WebhookHeadersChanged", { headers: headerReferences }),
  command("WebhookSecretRotated", { secretId: secretIds, overlapUntil: fc.option(isoInstants) }),
  command("WebhookActivated", {}),
  command("WebhookDeactivated", { reason: deactivationReasons }),
  command("WebhookDeleted", {}),
);

/** Any delivery event at all, whether or not a decider would ever write it after those before it. */
export const deliveryEvents: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  scheduling(theDelivery).map(({ data: { now, ...data } }) => ({
    type: "DeliveryScheduled" as const,
    data: { ...data, dueAt: toIso(now) },
  })),
  command("DeliveryAttemptFailed", {
    attempt: fc.integer({ min: 1, max: 9 }),
    failure: attemptFailures,
    durationMs: durations,
    retryAt: fc.option(isoInstants),
  }),
  command("DeliverySucceeded", {
    attempt: fc.integer({ min: 1, max: 9 }),
    statusCode: fc.constant(200),
    durationMs: durations,
  }),
  command("DeliveryExhausted", { attempts: fc.integer({ min: 1, max: 9 }) }),
  command("DeliveryCancelled", { reason: cancellationReasons }),
  command("RedeliveryRequested", { dueAt: isoInstants }),
);
