import fc from "fast-check";
import { signingSchemes, type SigningScheme } from "../../domain/signing/index.ts";
import {
  webhookDecider,
  type HeaderReference,
  type KeyPairReference,
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

const keyPairReferences: fc.Arbitrary<KeyPairReference> = fc
  .constantFrom("key-pair-1", "key-pair-2")
  .map((keyPairId) => ({ keyPairId, publicKey: `whpk_${keyPairId}` }));

const rateLimits = fc.constantFrom(null, 0.5, 20);

const deactivationReasons = fc.constantFrom("operator" as const, "failing" as const, "gone" as const);

interface WebhookIdentity {
  readonly webhookId: string;
  readonly tenantId: string;
}

const theWebhook: WebhookIdentity = { webhookId: "webhook-1", tenantId: "" };

/** One arbitrary for each type of command, so that the compiler asks for one if a type is added. */
type Commands = {
  readonly [Type in WebhookCommand["type"]]: fc.Arbitrary<Extract<WebhookCommand, { readonly type: Type }>>;
};

/** Returns an arbitrary of commands to one webhook, most of them allowed, in no sensible order. */
export function webhookCommands(identity: WebhookIdentity = theWebhook): fc.Arbitrary<WebhookCommand> {
  const rightOrWrong = fc.oneof({ weight: 4, arbitrary: urls }, { weight: 1, arbitrary: wrongUrls });
  const overlapSeconds = fc.constantFrom(0, 0.5, 86_400, -1);
  const { DeleteWebhook, ...others }: Commands = {
    RegisterWebhook: registrations(identity, rightOrWrong),
    ChangeUrl: tagged("ChangeUrl", { url: rightOrWrong }),
    ChangeSubscription: tagged("ChangeSubscription", { events: subscriptions }),
    ChangeRetryConfig: tagged("ChangeRetryConfig", { retryConfig: retryConfigChanges }),
    ChangeRateLimit: tagged("ChangeRateLimit", { rateLimitPerSecond: fc.oneof(rateLimits, fc.constant(0)) }),
    ChangeHeaders: tagged("ChangeHeaders", { headers: headerReferences }),
    RotateSecret: tagged("RotateSecret", { secretId: secretIds, overlapSeconds, now: instants }),
    ChangeSchemes: tagged("ChangeSchemes", { schemes: fc.subarray([...signingSchemes]) }),
    AddScheme: tagged("AddScheme", { scheme: fc.constantFrom(...signingSchemes) }),
    AddKeyPair: tagged("AddKeyPair", { keyPair: keyPairReferences }),
    RotateKeyPair: tagged("RotateKeyPair", { keyPair: keyPairReferences, overlapSeconds, now: instants }),
    ActivateWebhook: fc.record({ type: fc.constant("ActivateWebhook") }),
    DeactivateWebhook: fc.oneof(
      tagged("DeactivateWebhook", { reason: deactivationReasons }),
      tagged("DeactivateWebhook", { reason: deactivationReasons, url: urls }),
      tagged("DeactivateWebhook", {
        reason: deactivationReasons,
        failing: fc.record({ since: instants, now: instants }),
      }),
    ),
    PauseWebhook: fc.record({ type: fc.constant("PauseWebhook") }),
    ResumeWebhook: fc.record({ type: fc.constant("ResumeWebhook") }),
    DeleteWebhook: fc.record({ type: fc.constant("DeleteWebhook") }),
  };
  // Rare, because a deletion ends a history.
  return fc.oneof(
    { weight: 30, arbitrary: fc.oneof(...Object.values(others)) },
    { weight: 1, arbitrary: DeleteWebhook },
  );
}

/** The command with which a webhook begins. */
export function registrations({ webhookId, tenantId }: WebhookIdentity, url: fc.Arbitrary<string> = urls) {
  const data = fc.record({
    webhookId: fc.constant(webhookId),
    tenantId: fc.constant(tenantId),
    url,
    events: subscriptions,
    active: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    retryConfig: retryConfigs,
    secretId: secretIds,
    headers: headerReferences,
  });
  // Those from before there was a choice have neither.
  const signing = fc.oneof(
    fc.constant({}),
    fc.record({ schemes: fc.subarray([...signingSchemes], { minLength: 1 }), keyPair: keyPairReferences }),
    fc.record({
      schemes: fc.constantFrom<SigningScheme[]>(["kemi"], ["v1"], ["kemi", "v1"]),
      keyPair: fc.constant(null),
    }),
  );
  // Nor have those a rate limit from before there was one.
  const limit = fc.oneof(fc.constant({}), fc.record({ rateLimitPerSecond: rateLimits }));
  return fc.tuple(data, signing, limit).map((parts) => ({
    type: "RegisterWebhook" as const,
    data: { ...parts[0], ...parts[1], ...parts[2] },
  }));
}

/** Commands to one webhook that mostly begin with its registration. */
export const webhookCommandLists: fc.Arbitrary<readonly WebhookCommand[]> = commandLists<WebhookCommand>(
  registrations(theWebhook),
  webhookCommands(),
);

/** The events that the webhook decider makes of such commands. */
export const webhookHistories = webhookCommandLists.map((commands) => historyOf(webhookDecider, commands));

/** Any webhook event at all, whether or not a decider would ever write it after the ones before. */
export const webhookEvents: fc.Arbitrary<WebhookEvent> = fc.oneof(...Object.values(eventsByType()));

/** One arbitrary for each type of event, so that the compiler asks for one if a type is added. */
function eventsByType(): {
  readonly [Type in WebhookEvent["type"]]: fc.Arbitrary<Extract<WebhookEvent, { readonly type: Type }>>;
} {
  const overlapUntil = fc.option(isoInstants);
  return {
    WebhookRegistered: registrations(theWebhook).map(({ data }) => ({ type: "WebhookRegistered", data })),
    WebhookUrlChanged: tagged("WebhookUrlChanged", { url: urls }),
    WebhookSubscriptionChanged: tagged("WebhookSubscriptionChanged", { events: subscriptions }),
    WebhookRetryConfigChanged: tagged("WebhookRetryConfigChanged", { retryConfig: retryConfigs }),
    WebhookRateLimitChanged: tagged("WebhookRateLimitChanged", { rateLimitPerSecond: rateLimits }),
    WebhookHeadersChanged: tagged("WebhookHeadersChanged", { headers: headerReferences }),
    WebhookSecretRotated: tagged("WebhookSecretRotated", { secretId: secretIds, overlapUntil }),
    WebhookSchemesChanged: tagged("WebhookSchemesChanged", {
      schemes: fc.subarray([...signingSchemes], { minLength: 1 }),
    }),
    WebhookKeyPairRotated: tagged("WebhookKeyPairRotated", { keyPair: keyPairReferences, overlapUntil }),
    WebhookActivated: tagged("WebhookActivated", {}),
    WebhookDeactivated: tagged("WebhookDeactivated", { reason: deactivationReasons }),
    WebhookPaused: tagged("WebhookPaused", {}),
    WebhookResumed: tagged("WebhookResumed", {}),
    WebhookDeleted: tagged("WebhookDeleted", {}),
  };
}
