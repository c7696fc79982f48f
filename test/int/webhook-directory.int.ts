import { okAsync } from "neverthrow";
import { expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { inProcessSigner } from "../../src/adapters/system/index.ts";
import { createWebhookDirectory } from "../../src/application/webhooks/webhook-directory.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import { parseRequestSettings } from "../../src/parse-settings.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { value } from "../support/open-hooks.ts";
import { wrapStorage } from "../support/wrap-storage.ts";

const view = {
  ...{
    webhookId: "w",
    tenantId: "",
    url: "https://a.example/",
    events: [],
    active: true,
    deactivationReason: null,
    paused: false,
    rateLimitPerSecond: null,
  },
  ...{ retryConfig: DEFAULT_RETRY_CONFIG, headers: null, secretId: "s", schemes: [], keyPair: null, version: 1 },
  ...{ createdAt: 0, updatedAt: 0 },
};

/** A directory over tenants that have so many webhooks each, and the tenants that were read, in order. */
async function createDirectory(webhooksOf: (tenantId: string) => number) {
  const listed: string[] = [];
  const adapter = wrapStorage(memoryStorage(), ({ webhooks }) => ({
    webhooks: {
      ...webhooks,
      revision: () => okAsync(0),
      list(tenantId) {
        listed.push(tenantId);
        return okAsync(Array.from({ length: webhooksOf(tenantId) }, () => view));
      },
    },
  }));
  const storage = await value(adapter.open());
  const request = parseRequestSettings()._unsafeUnwrap();
  const directory = createWebhookDirectory({ storage, clock: createFakeClock(), request, signer: inProcessSigner });
  return {
    listed,
    ofTenant: async (tenantId: string) => (await directory.ofTenant(tenantId))._unsafeUnwrap(),
    recipients: async (webhookIds: readonly string[], revision: number) =>
      (await directory.recipients(webhookIds, revision))._unsafeUnwrap(),
  };
}

it("tenants without webhooks are forgotten too, once many have come after them", async () => {
  const { ofTenant, listed } = await createDirectory(() => 0);
  const tenants = Array.from({ length: 5000 }, (_, index) => `t${index}`);
  for (const tenantId of tenants) await ofTenant(tenantId);
  expect(listed).toEqual(tenants);
  await ofTenant("t4999");
  await ofTenant("t0");
  expect(listed.slice(tenants.length)).toEqual(["t0"]);
});

it("a tenant with more webhooks than are remembered stays while it is in use, whoever comes between", async () => {
  const { ofTenant, recipients, listed } = await createDirectory((tenantId) => (tenantId === "big" ? 2001 : 0));
  for (let round = 0; round < 5; round += 1) {
    await ofTenant("big");
    await ofTenant("small");
    await recipients(["none", "other"], 0);
  }
  expect(listed).toEqual(["big", "small"]);
});

it("a tenant in use stays, while thousands are used once", async () => {
  const { ofTenant, listed } = await createDirectory(() => 0);
  for (let index = 0; index < 5000; index += 1) {
    await ofTenant("in use");
    await ofTenant(`t${index}`);
  }
  expect(listed.filter((tenantId) => tenantId === "in use")).toHaveLength(1);
});

it("if a webhook has changed, a tenant is read again", async () => {
  const { ofTenant, recipients, listed } = await createDirectory(() => 0);
  await ofTenant("a");
  await recipients([], 7);
  await ofTenant("a");
  expect(listed).toEqual(["a", "a"]);
});
