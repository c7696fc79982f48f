import { describe, expect, it } from "vitest";
import { openHookledger, standardWebhooksSchedule, type GivenWebhookDefaults } from "../../../src/index.ts";
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

  it("counts for nothing if the webhook has its own", async () => {
    const hooks = await openHooks({ webhookDefaults });
    const own = { retryConfig: { maxRetries: 2 }, schemes: ["kemi"] as const };
    const webhook = await value(hooks.webhooks.register({ url, events, ...own }));
    expect(webhook).toMatchObject({ ...own, publicKey: null });
    expect(webhook.retryConfig.scheduleSeconds).toBeUndefined();
    expect(webhook.retryConfig.deactivateAfterSeconds).not.toBeNull();
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
  ])("is refused by its name if it is broken: %s", async (field, given) => {
    // @ts-expect-error: JavaScript may pass anything.
    const opened = await openHookledger({ storage: memoryStorage(), webhookDefaults: given });
    const error = opened._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: "InvalidInput", field });
    expect(error.message.startsWith(`${field} `)).toBe(true);
  });
});
