import { describe, expect, it } from "vitest";
import {
  DEFAULT_RETRY_CONFIG,
  openHookledger,
  standardWebhooksSchedule,
  type GivenWebhookDefaults,
} from "../../../src/index.ts";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import { openHooks, value } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/";
const events = ["memory.updated"] as const;
const retryConfig = { scheduleSeconds: standardWebhooksSchedule, deactivateAfterSeconds: null };
const webhookDefaults: GivenWebhookDefaults = { retryConfig, schemes: ["v1", "v1a"] };

describe("what webhooks are registered with by default", () => {
  it("is given when hookledger is opened", async () => {
    const hooks = await openHooks({ webhookDefaults });
    const webhook = await value(hooks.webhooks.register({ url, events }));
    expect(webhook).toMatchObject({ retryConfig, schemes: ["v1", "v1a"] });
    expect(webhook.publicKey).toMatch(/^whpk_/);
  });

  it("completes what the webhook has of its own", async () => {
    const hooks = await openHooks({ webhookDefaults });
    const own = { retryConfig: { maxRetryAfterSeconds: 60 }, schemes: ["kemi"] as const };
    const webhook = await value(hooks.webhooks.register({ url, events, ...own }));
    expect(webhook).toMatchObject({ ...own, publicKey: null });
    expect(webhook.retryConfig).toEqual({ ...DEFAULT_RETRY_CONFIG, ...retryConfig, maxRetryAfterSeconds: 60 });
  });

  it("gives no schedule to a webhook that has its own number of attempts, at registration and at an update", async () => {
    const hooks = await openHooks({ webhookDefaults });
    const own = { retryConfig: { maxRetries: 2 } };
    const expected = { ...DEFAULT_RETRY_CONFIG, maxRetries: 2, deactivateAfterSeconds: null };
    const registered = await value(hooks.webhooks.register({ url, events, ...own }));
    expect(registered.retryConfig).toEqual(expected);
    const { webhookId } = await value(hooks.webhooks.register({ url, events }));
    const updated = await value(hooks.webhooks.update(webhookId, own));
    expect(updated.retryConfig).toEqual(expected);
  });

  it("has a rate limit that a webhook may be without, or have another in place of", async () => {
    const hooks = await openHooks({ webhookDefaults: { rateLimitPerSecond: 50 } });
    const limitOf = async (own: { readonly rateLimitPerSecond?: number | null }) =>
      (await value(hooks.webhooks.register({ url, events, ...own }))).rateLimitPerSecond;
    expect([await limitOf({}), await limitOf({ rateLimitPerSecond: 5 })]).toEqual([50, 5]);
    expect(await limitOf({ rateLimitPerSecond: null })).toBeNull();
  });

  it("leaves existing webhooks as they are", async () => {
    const storage = memoryStorage();
    const before = await openHooks({ storage });
    const { webhookId } = await value(before.webhooks.register({ url, events }));
    const after = await openHooks({ storage, webhookDefaults });
    const updated = await value(after.webhooks.update(webhookId, { events: [] }));
    expect(updated.schemes).toEqual(["kemi", "v1"]);
    expect(updated.retryConfig.scheduleSeconds).toBeUndefined();
  });

  it.each<[field: string, given: unknown]>([
    ["webhookDefaults", 7],
    ["webhookDefaults.retryConfig.maxRetries", { retryConfig: { maxRetries: 0 } }],
    ["webhookDefaults.retryConfig", { retryConfig: null }],
    ["webhookDefaults.schemes", { schemes: [] }],
    ["webhookDefaults.rateLimitPerSecond", { rateLimitPerSecond: -1 }],
  ])("is refused by its name if it is broken: %s", async (field, given) => {
    // @ts-expect-error: JavaScript may pass anything.
    const opened = await openHookledger({ storage: memoryStorage(), webhookDefaults: given });
    const error = opened._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: "InvalidInput", field });
    expect(error.message.startsWith(`${field} `)).toBe(true);
  });
});
