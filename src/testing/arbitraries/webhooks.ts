import fc from "fast-check";
import { signingSchemes } from "../../domain/signing/index.ts";
import {
  webhookDecider,
  type HeaderReference,
  type WebhookCommand,
  type WebhookEvent,
} from "../../domain/webhook/index.ts";
import { commandLists, historyOf } from "./histories.ts";
import { retryConfigChanges, retryConfigs } from "./retry-configs.ts";
import { eventTypes, instants, isoInstants, tagged } from "./values.ts";

const subscriptions = fc.array(eventTypes, { maxLength: 4 });
const secretIds = fc.constantFrom("secret-1", "secret-2", "secret-3");
const urls = fc.constantFrom("https://a.example/hooks", "https://b.example/hooks", "http://c.example:8080/?q=1");
const wrongUrls = fc.constantFrom("", "nonsense", "ftp://a.example/", "https://user:password@a.example/");

const headerReferences: fc.Arbitrary<HeaderReference | null> = fc.option(
  fc.record({
    headersId: fc.constantFrom("headers-1", "headers-2"),
    names: fc.constantFrom([], ["x-a"], ["x-a", "x-b"]),
  }),
);

const deactivationReasons = fc.constantFrom("operator" as const, "failing" as const, "gone" as const);

interface WebhookIdentity {
  readonly webhookId: string;
  readonly tenantId: string;
}

const theWebhook: WebhookIdentity = { webhookId: "webhook-1", tenantId: "" };

/** Returns an arbitrary of commands to one webhook, most of them allowed, in no sensible order. */
export function webhookCommands(identity: WebhookIdentity = theWebhook): fc.Arbitrary<WebhookCommand> {
  const rightOrWrong = fc.oneof({ weight: 4, arbitrary: urls }, { weight: 1, arbitrary: wrongUrls });
  const commands = fc.oneof(
    registration(identity, rightOrWrong),
    tagged("ChangeUrl", { url: rightOrWrong }),
    tagged("ChangeSubscription", { events: subscriptions }),
    tagged("ChangeRetryConfig", { retryConfig: retryConfigChanges }),
    tagged("ChangeHeaders", { headers: headerReferences }),
    tagged("AddScheme", { scheme: fc.constantFrom(...signingSchemes) }),
    tagged("RotateSecret", {
      secretId: secretIds,
      overlapSeconds: fc.constantFrom(0, 0.5, 86_400, -1),
      now: instants,
    }),
    fc.record({ type: fc.constantFrom("ActivateWebhook", "PauseWebhook", "ResumeWebhook") }),
    tagged("DeactivateWebhook", { reason: deactivationReasons }),
    tagged("DeactivateWebhook", { reason: deactivationReasons, url: urls }),
    tagged("DeactivateWebhook", {
      reason: deactivationReasons,
      failing: fc.record({ since: instants, now: instants }),
    }),
  );
  // Rare, because a deletion ends a history.
  return fc.oneof(
    { weight: 20, arbitrary: commands },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("DeleteWebhook" as const) }) },
  );
}

function registration({ webhookId, tenantId }: WebhookIdentity, url: fc.Arbitrary<string>) {
  return tagged("RegisterWebhook", {
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

/** Commands to one webhook that mostly begin with its registration. */
export const webhookCommandLists: fc.Arbitrary<readonly WebhookCommand[]> = commandLists<WebhookCommand>(
  registration(theWebhook, urls),
  webhookCommands(),
);

/** The events that the webhook decider makes of such commands. */
export const webhookHistories = webhookCommandLists.map((commands) => historyOf(webhookDecider, commands));

/** Any webhook event at all, whether or not a decider would ever write it after the ones before. */
export const webhookEvents: fc.Arbitrary<WebhookEvent> = fc.oneof(
  registration(theWebhook, urls).map(({ data }) => ({ type: "WebhookRegistered" as const, data })),
  tagged("WebhookUrlChanged", { url: urls }),
  tagged("WebhookSubscriptionChanged", { events: subscriptions }),
  tagged("WebhookRetryConfigChanged", { retryConfig: retryConfigs }),
  tagged("WebhookHeadersChanged", { headers: headerReferences }),
  tagged("WebhookSecretRotated", { secretId: secretIds, overlapUntil: fc.option(isoInstants) }),
  tagged("WebhookActivated", {}),
  tagged("WebhookDeactivated", { reason: deactivationReasons }),
  tagged("WebhookPaused", {}),
  tagged("WebhookResumed", {}),
  tagged("WebhookDeleted", {}),
);
