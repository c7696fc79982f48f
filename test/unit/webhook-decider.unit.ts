import { describe, expect, it } from "vitest";
import { DEFAULT_RETRY_CONFIG, type RetryConfig } from "../../src/domain/retry/index.ts";
import {
  webhookDecider,
  type HeaderReference,
  type RegisterWebhook,
  type WebhookCommand,
  type WebhookEvent,
  type WebhookRegistered,
} from "../../src/domain/webhook/index.ts";
import { replay } from "../../src/domain/decider.ts";
import { givenFor } from "../../src/testing/given-when-then.ts";

const given = givenFor(webhookDecider);

const NOW = Date.parse("2026-01-01T00:00:00.000Z");
const headers: HeaderReference = { headersId: "headers-1", names: ["x-a"] };
const data: WebhookRegistered["data"] = {
  webhookId: "hook",
  tenantId: "acme",
  url: "https://a.example/hooks",
  events: ["memory.updated", "memory.deleted"],
  active: true,
  retryConfig: DEFAULT_RETRY_CONFIG,
  secretId: "secret-1",
  headers: null,
};

const register = (other: Partial<WebhookRegistered["data"]> = {}): RegisterWebhook => ({
  type: "RegisterWebhook",
  data: { ...data, ...other },
});
const registered = (other: Partial<WebhookRegistered["data"]> = {}): WebhookRegistered => ({
  type: "WebhookRegistered",
  data: { ...data, ...other },
});
const deleted: WebhookEvent = { type: "WebhookDeleted", data: {} };
const activated: WebhookEvent = { type: "WebhookActivated", data: {} };
const deactivated = (reason: "operator" | "failing" | "gone"): WebhookEvent => ({
  type: "WebhookDeactivated",
  data: { reason },
});
const paused: WebhookEvent = { type: "WebhookPaused", data: {} };
const resumed: WebhookEvent = { type: "WebhookResumed", data: {} };
const pause: WebhookCommand = { type: "PauseWebhook" };
const resume: WebhookCommand = { type: "ResumeWebhook" };
const deleteIt: WebhookCommand = { type: "DeleteWebhook" };
const activate: WebhookCommand = { type: "ActivateWebhook" };
const deactivate = (reason: "operator" | "failing" | "gone"): WebhookCommand => ({
  type: "DeactivateWebhook",
  data: { reason },
});
const changeUrl = (url: string): WebhookCommand => ({ type: "ChangeUrl", data: { url } });
const subscribe = (...events: string[]): WebhookCommand => ({ type: "ChangeSubscription", data: { events } });
const rotate = (secretId: string, overlapSeconds: number): WebhookCommand => ({
  type: "RotateSecret",
  data: { secretId, overlapSeconds, now: NOW },
});

const limit = (rateLimitPerSecond: number | null): WebhookCommand => ({
  type: "ChangeRateLimit",
  data: { rateLimitPerSecond },
});

const changes: readonly WebhookCommand[] = [
  changeUrl("https://b.example/"),
  subscribe("memory.updated"),
  { type: "ChangeRetryConfig", data: { retryConfig: DEFAULT_RETRY_CONFIG } },
  { type: "ChangeHeaders", data: { headers } },
  limit(5),
  rotate("secret-2", 0),
  activate,
  deactivate("operator"),
  pause,
  resume,
];

describe("registering", () => {
  it("records the webhook as it was given", () =>
    given()
      .when(register({ headers, active: false }))
      .then(registered({ headers, active: false })));

  it("takes each event type once, in the order given", () =>
    given()
      .when(register({ events: ["b", "a", "b", "c", "a"] }))
      .then(registered({ events: ["b", "a", "c"] })));

  it("takes an empty list of event types", () =>
    given()
      .when(register({ events: [] }))
      .then(registered({ events: [] })));

  it("drops a jitter of 0, since the seed's config has no jitter", () =>
    given()
      .when(register({ retryConfig: { ...DEFAULT_RETRY_CONFIG, jitterFraction: 0 } }))
      .then(registered()));

  it("is refused under an id that is in use", () =>
    given(registered())
      .when(register({ url: "https://b.example/" }))
      .thenRefused({
        type: "WebhookAlreadyExists",
        webhookId: "hook",
        deleted: false,
        message: 'the webhook "hook" already exists; update it, or register under another webhookId',
      }));

  it("is refused under the id of a deleted webhook: an id is never given twice", () =>
    given(registered(), deleted).when(register()).thenRefused({
      type: "WebhookAlreadyExists",
      webhookId: "hook",
      deleted: true,
      message: 'the webhook "hook" was deleted, and its id cannot be used again; register under another webhookId',
    }));

  it("is refused with an id that is not visible ASCII", () =>
    given()
      .when(register({ webhookId: "a b" }))
      .thenRefused({
        type: "InvalidInput",
        field: "webhookId",
        rule: "must be 1 to 200 visible ASCII characters without spaces",
        message:
          "webhookId must be 1 to 200 visible ASCII characters without spaces; received a string of 3 characters",
      }));

  it("is refused with a tenant that has control characters", () =>
    given()
      .when(register({ tenantId: "a\n" }))
      .thenRefused({
        type: "InvalidInput",
        field: "tenantId",
        rule: "must be text of 0 to 200 characters, without control characters or lone surrogates",
        message:
          "tenantId must be text of 0 to 200 characters, without control characters or lone surrogates; received a string of 2 characters",
      }));

  it("is refused with a URL that is not http or https", () =>
    given()
      .when(register({ url: "ftp://a.example/" }))
      .thenRefused({
        type: "InvalidInput",
        field: "url",
        rule: "must begin with https:// or http://",
        message: "url must begin with https:// or http://; received a string of 16 characters",
      }));

  it("is refused with a retry config that breaks a rule", () =>
    given()
      .when(register({ retryConfig: { ...DEFAULT_RETRY_CONFIG, maxRetries: 0 } }))
      .thenRefused({
        type: "InvalidInput",
        field: "retryConfig.maxRetries",
        rule: "must be a whole number, 1 or more",
        message: "retryConfig.maxRetries must be a whole number, 1 or more; received the number 0",
      }));
});

describe("changing", () => {
  it.each(changes)("$type is refused if there is no webhook", (command) =>
    given().when(command).thenRefused({ type: "NotRegistered", message: "there is no such webhook" }),
  );

  it.each(changes)("$type is refused once the webhook is deleted", (command) =>
    given(registered(), deleted)
      .when(command)
      .thenRefused({ type: "NotRegistered", message: "there is no such webhook" }),
  );

  it("a new URL is recorded", () =>
    given(registered())
      .when(changeUrl("http://b.example/"))
      .then({ type: "WebhookUrlChanged", data: { url: "http://b.example/" } }));

  it("the same URL is no change", () => given(registered()).when(changeUrl(data.url)).then());

  it("a wrong URL is refused", () =>
    given(registered()).when(changeUrl("nonsense")).thenRefused({
      type: "InvalidInput",
      field: "url",
      rule: "must be an absolute URL, such as https://example.com/hooks",
      message: "url must be an absolute URL, such as https://example.com/hooks; received a string of 8 characters",
    }));

  it("a new subscription is recorded, each event type once", () =>
    given(registered())
      .when(subscribe("order.paid", "memory.updated", "order.paid"))
      .then({ type: "WebhookSubscriptionChanged", data: { events: ["order.paid", "memory.updated"] } }));

  it("the same event types in another order, or twice, are no change", () =>
    given(registered())
      .when(subscribe("memory.deleted", "memory.updated", "memory.deleted"))
      .then());

  it("fewer event types are a change, and so are more", () => {
    given(registered())
      .when(subscribe("memory.updated"))
      .then({ type: "WebhookSubscriptionChanged", data: { events: ["memory.updated"] } });
    const events = [...data.events, "order.paid"];
    given(registered())
      .when(subscribe(...events))
      .then({ type: "WebhookSubscriptionChanged", data: { events } });
  });

  it("a new rate limit is recorded, and so is its end; the same one is no change", () => {
    const limited = (rateLimitPerSecond: number | null): WebhookEvent => ({
      type: "WebhookRateLimitChanged",
      data: { rateLimitPerSecond },
    });
    given(registered()).when(limit(0.01)).then(limited(0.01));
    given(registered()).when(limit(10_000)).then(limited(10_000));
    given(registered(), limited(10_000)).when(limit(null)).then(limited(null));
    given(registered({ rateLimitPerSecond: 5 }))
      .when(limit(5))
      .then();
    given(registered()).when(limit(null)).then();
  });

  it.each([0, 0.009, 10_001, -5, Infinity, NaN])("a rate limit of %d is refused, at registration too", (wrong) => {
    const refused = { type: "InvalidInput", field: "rateLimitPerSecond" };
    const present = replay(webhookDecider, [registered()]);
    const registering = register({ rateLimitPerSecond: wrong });
    expect(webhookDecider.decide(limit(wrong), present)._unsafeUnwrapErr()).toMatchObject(refused);
    expect(webhookDecider.decide(registering, webhookDecider.initialState)._unsafeUnwrapErr()).toMatchObject(refused);
  });

  it("a new retry config is recorded", () => {
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, maxRetries: 9 };
    given(registered())
      .when({ type: "ChangeRetryConfig", data: { retryConfig } })
      .then({ type: "WebhookRetryConfigChanged", data: { retryConfig } });
  });

  it("jitter alone is a change of the retry config, both when it comes and when it goes", () => {
    const jittery = { ...DEFAULT_RETRY_CONFIG, jitterFraction: 0.5 };
    given(registered())
      .when({ type: "ChangeRetryConfig", data: { retryConfig: jittery } })
      .then({ type: "WebhookRetryConfigChanged", data: { retryConfig: jittery } });
    given(registered({ retryConfig: jittery }))
      .when({ type: "ChangeRetryConfig", data: { retryConfig: { jitterFraction: 0 } } })
      .then({ type: "WebhookRetryConfigChanged", data: { retryConfig: DEFAULT_RETRY_CONFIG } });
  });

  it("settings that a new retry config leaves out stay as they are, the jitter too", () => {
    const before = { ...DEFAULT_RETRY_CONFIG, maxRetries: 9, jitterFraction: 0.5 };
    given(registered({ retryConfig: before }))
      .when({ type: "ChangeRetryConfig", data: { retryConfig: { baseDelaySeconds: 3 } } })
      .then({ type: "WebhookRetryConfigChanged", data: { retryConfig: { ...before, baseDelaySeconds: 3 } } });
    given(registered({ retryConfig: before }))
      .when({ type: "ChangeRetryConfig", data: { retryConfig: {} } })
      .then();
  });

  it("two numbers that change places are a change of the retry config", () => {
    const before = { ...DEFAULT_RETRY_CONFIG, baseDelaySeconds: 1, maxDelaySeconds: 2 };
    const after = { ...DEFAULT_RETRY_CONFIG, baseDelaySeconds: 2, maxDelaySeconds: 1 };
    given(registered({ retryConfig: before }))
      .when({ type: "ChangeRetryConfig", data: { retryConfig: after } })
      .then({ type: "WebhookRetryConfigChanged", data: { retryConfig: after } });
  });

  it("the same retry config is no change", () =>
    given(registered())
      .when({ type: "ChangeRetryConfig", data: { retryConfig: { ...DEFAULT_RETRY_CONFIG } } })
      .then());

  describe("a schedule", () => {
    const config: RetryConfig = { ...DEFAULT_RETRY_CONFIG, scheduleSeconds: [0, 5, 300], deactivateAfterSeconds: null };
    const change = (retryConfig: Partial<RetryConfig>) =>
      given(registered({ retryConfig: config })).when({ type: "ChangeRetryConfig", data: { retryConfig } });
    const changedTo = (retryConfig: RetryConfig): WebhookEvent => ({
      type: "WebhookRetryConfigChanged",
      data: { retryConfig },
    });

    it("is a change of the retry config", () => {
      const { deactivateAfterSeconds, ...retryConfig } = config;
      given(registered()).when({ type: "ChangeRetryConfig", data: { retryConfig } }).then(changedTo(retryConfig));
    });

    it("that is the same again is no change", () => {
      change({ scheduleSeconds: [0, 5, 300] }).then();
      change({ deactivateAfterSeconds: null }).then();
      change({ ...config }).then();
    });

    it.each([[[0, 300, 5]], [[0, 5]], [[0, 5, 300, 300]], [[0, 5.3, 0]]])("is changed to %j", (scheduleSeconds) =>
      change({ scheduleSeconds }).then(changedTo({ ...config, scheduleSeconds })),
    );

    it("is removed by an empty one, and a second empty one is no change", () => {
      const { scheduleSeconds, ...without } = config;
      change({ scheduleSeconds: [] }).then(changedTo(without));
      given(registered({ retryConfig: without }))
        .when({ type: "ChangeRetryConfig", data: { retryConfig: { scheduleSeconds: [] } } })
        .then();
    });

    it("that breaks a rule is refused", () =>
      change({ scheduleSeconds: [1] }).thenRefused({
        type: "InvalidInput",
        field: "retryConfig.scheduleSeconds[0]",
        rule: "must be 0: the first attempt is made at once",
        message: "retryConfig.scheduleSeconds[0] must be 0: the first attempt is made at once; received the number 1",
      }));
  });

  it("a wrong retry config is refused", () =>
    given(registered())
      .when({ type: "ChangeRetryConfig", data: { retryConfig: { ...DEFAULT_RETRY_CONFIG, backoffMultiplier: 0.5 } } })
      .thenRefused({
        type: "InvalidInput",
        field: "retryConfig.backoffMultiplier",
        rule: "must be a finite number, 1 or more",
        message: "retryConfig.backoffMultiplier must be a finite number, 1 or more; received the number 0.5",
      }));

  it("new headers are recorded by reference", () =>
    given(registered())
      .when({ type: "ChangeHeaders", data: { headers } })
      .then({ type: "WebhookHeadersChanged", data: { headers } }));

  it("headers can be taken away", () =>
    given(registered({ headers }))
      .when({ type: "ChangeHeaders", data: { headers: null } })
      .then({ type: "WebhookHeadersChanged", data: { headers: null } }));

  it("headers under another id are a change, whatever their names", () => {
    const others = { ...headers, headersId: "headers-2" };
    given(registered({ headers }))
      .when({ type: "ChangeHeaders", data: { headers: others } })
      .then({ type: "WebhookHeadersChanged", data: { headers: others } });
  });

  it("the same headers, or none again, are no change", () => {
    given(registered({ headers })).when({ type: "ChangeHeaders", data: { headers } }).then();
    given(registered())
      .when({ type: "ChangeHeaders", data: { headers: null } })
      .then();
  });
});

describe("rotating the secret", () => {
  it("records when the overlap ends", () =>
    given(registered())
      .when(rotate("secret-2", 86_400))
      .then({
        type: "WebhookSecretRotated",
        data: { secretId: "secret-2", overlapUntil: "2026-01-02T00:00:00.000Z" },
      }));

  it("rounds the overlap up to a whole millisecond", () =>
    given(registered())
      .when(rotate("secret-2", 0.0001))
      .then({
        type: "WebhookSecretRotated",
        data: { secretId: "secret-2", overlapUntil: "2026-01-01T00:00:00.001Z" },
      }));

  it("records no overlap if it is 0 seconds: the previous secret ends at once", () =>
    given(registered())
      .when(rotate("secret-2", 0))
      .then({ type: "WebhookSecretRotated", data: { secretId: "secret-2", overlapUntil: null } }));

  it("to the secret in use changes nothing, also after a rotation", () => {
    given(registered()).when(rotate("secret-1", 0)).then();
    const rotated: WebhookEvent = { type: "WebhookSecretRotated", data: { secretId: "secret-2", overlapUntil: null } };
    given(registered(), rotated).when(rotate("secret-2", 5)).then();
  });

  it("is refused with an overlap out of range", () =>
    given(registered()).when(rotate("secret-2", -1)).thenRefused({
      type: "InvalidInput",
      field: "overlapSeconds",
      rule: "must be a number of seconds from 0 to 7776000",
      message: "overlapSeconds must be a number of seconds from 0 to 7776000; received the number -1",
    }));
});

describe("activating, deactivating, deleting", () => {
  it("an active webhook is deactivated, with the reason", () => {
    for (const reason of ["operator", "failing", "gone"] as const)
      given(registered()).when(deactivate(reason)).then(deactivated(reason));
  });

  it("a webhook that is not active is activated", () => {
    given(registered({ active: false }))
      .when(activate)
      .then(activated);
    given(registered(), deactivated("gone")).when(activate).then(activated);
  });

  it("a webhook is deactivated for what its URL answered only while it has that URL", () => {
    const deactivateAt = (url: string): WebhookCommand => ({
      type: "DeactivateWebhook",
      data: { reason: "gone", url },
    });
    given(registered({ url: "https://a.example/" }))
      .when(deactivateAt("https://a.example/"))
      .then(deactivated("gone"));
    given(registered({ url: "https://a.example/" }))
      .when(deactivateAt("https://b.example/"))
      .then();
  });

  it("a webhook is deactivated for failing only once it has failed for as long as its retry config lets it", () => {
    const failing = { since: NOW - 600_000, now: NOW };
    const command: WebhookCommand = { type: "DeactivateWebhook", data: { reason: "failing", failing } };
    const permits = (deactivateAfterSeconds: number | null) =>
      registered({ retryConfig: { ...DEFAULT_RETRY_CONFIG, deactivateAfterSeconds } });
    given(permits(600)).when(command).then(deactivated("failing"));
    for (const longer of [601, null]) given(permits(longer)).when(command).then();
    given(permits(600), deactivated("gone")).when(command).then();
  });

  it("activating an active webhook, or deactivating an inactive one, changes nothing", () => {
    given(registered()).when(activate).then();
    given(registered({ active: false }), activated)
      .when(activate)
      .then();
    given(registered({ active: false }))
      .when(deactivate("failing"))
      .then();
    given(registered(), deactivated("gone")).when(deactivate("operator")).then();
  });

  it("a webhook is paused once, and resumed once", () => {
    given(registered()).when(pause).then(paused);
    given(registered(), paused).when(pause).then();
    given(registered(), paused).when(resume).then(resumed);
    given(registered()).when(resume).then();
    given(registered(), paused, resumed).when(resume).then();
  });

  it("pausing an inactive webhook is refused, and deactivating ends the pause", () => {
    const refusal = {
      type: "InvalidInput",
      field: "paused",
      rule: "must not be true for an inactive webhook: it has no deliveries to hold back",
      message: "paused must not be true for an inactive webhook: it has no deliveries to hold back; received true",
    } as const;
    given(registered({ active: false }))
      .when(pause)
      .thenRefused(refusal);
    given(registered(), paused, deactivated("failing"), activated).when(resume).then();
    given(registered(), paused, deactivated("failing"), activated).when(pause).then(paused);
  });

  it("a webhook is deleted once", () => {
    given(registered()).when(deleteIt).then(deleted);
    given(registered(), deleted).when(deleteIt).then();
  });

  it("deleting is refused if there never was a webhook", () =>
    given().when(deleteIt).thenRefused({ type: "NotRegistered", message: "there is no such webhook" }));
});

describe("the state after", () => {
  const state = (...events: WebhookEvent[]) => replay(webhookDecider, events);
  const fresh = {
    ...{ status: "registered", deactivationReason: null, paused: false, schemes: ["kemi", "v1"], keyPair: null },
    rateLimitPerSecond: null,
    ...data,
  };

  it("nothing is unregistered", () => expect(state()).toEqual({ status: "unregistered" }));

  it("the registration holds all that was registered", () => expect(state(registered())).toEqual(fresh));

  it("a second registration is the state after the first", () =>
    expect(state(registered(), registered({ url: "https://b.example/" }))).toEqual(fresh));

  it("a change differs by that change alone", () => {
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, maxRetries: 1 };
    expect(state(registered(), { type: "WebhookUrlChanged", data: { url: "https://b.example/" } })).toEqual({
      ...fresh,
      url: "https://b.example/",
    });
    expect(state(registered(), { type: "WebhookSubscriptionChanged", data: { events: [] } })).toEqual({
      ...fresh,
      events: [],
    });
    expect(state(registered(), { type: "WebhookRetryConfigChanged", data: { retryConfig } })).toEqual({
      ...fresh,
      retryConfig,
    });
    expect(state(registered(), { type: "WebhookRateLimitChanged", data: { rateLimitPerSecond: 5 } })).toEqual({
      ...fresh,
      rateLimitPerSecond: 5,
    });
    expect(state(registered(), { type: "WebhookHeadersChanged", data: { headers } })).toEqual({ ...fresh, headers });
    expect(
      state(registered(), { type: "WebhookSecretRotated", data: { secretId: "secret-2", overlapUntil: null } }),
    ).toEqual({
      ...fresh,
      secretId: "secret-2",
    });
  });

  it("a deactivation has the reason, until an activation", () => {
    expect(state(registered(), deactivated("failing"))).toEqual({
      ...fresh,
      active: false,
      deactivationReason: "failing",
    });
    expect(state(registered(), deactivated("failing"), activated)).toEqual(fresh);
  });

  it("a pause is paused, until the webhook is resumed or deactivated", () => {
    expect(state(registered(), paused)).toEqual({ ...fresh, paused: true });
    expect(state(registered(), paused, resumed)).toEqual(fresh);
    expect(state(registered(), paused, deactivated("gone"))).toMatchObject({ active: false, paused: false });
  });

  it("a deletion is the id alone, for good", () => {
    expect(state(registered(), deleted)).toEqual({ status: "deleted", webhookId: "hook" });
    expect(state(registered(), deleted, registered(), activated)).toEqual({ status: "deleted", webhookId: "hook" });
  });

  it("a change without a registration is unregistered", () => {
    expect(state(activated)).toEqual({ status: "unregistered" });
    expect(state(deleted)).toEqual({ status: "unregistered" });
  });
});
