import { errAsync, okAsync } from "neverthrow";
import { expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { inProcessSigner } from "../../src/adapters/system/index.ts";
import { createWebhookDirectory } from "../../src/application/webhooks/webhook-directory.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import { parseRequestSettings } from "../../src/parse-settings.ts";
import { storageError, type StorageError, type StorageErrorReason } from "../../src/ports/storage-error.ts";
import type { SecretStore, StoredSecret } from "../../src/ports/secret-store.ts";
import type { WebhookReadModel } from "../../src/ports/webhook-read-model.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { value } from "../support/open-hooks.ts";
import { wrapStorage } from "../support/wrap-storage.ts";

const webhookId = "w";
const view = {
  ...{
    webhookId,
    tenantId: "",
    url: "https://a.example/",
    events: ["*"],
    active: true,
    paused: false,
    rateLimitPerSecond: null,
  },
  ...{ deactivationReason: null, retryConfig: DEFAULT_RETRY_CONFIG, headers: null, secretId: "s" },
  ...{ schemes: [], keyPair: null, version: 1, createdAt: 0, updatedAt: 0 },
};

type Look = "row" | "secrets";

/** The two looks that a webhook takes. */
type Looks = Pick<WebhookReadModel, "get"> & Pick<SecretStore, "ofWebhook">;

async function directoryOver({ get, ofWebhook }: Looks) {
  const adapter = wrapStorage(memoryStorage(), ({ webhooks, secrets }) => ({
    webhooks: { ...webhooks, get },
    secrets: { ...secrets, ofWebhook },
  }));
  const storage = await value(adapter.open());
  const request = parseRequestSettings()._unsafeUnwrap();
  return createWebhookDirectory({ storage, clock: createFakeClock(), request, signer: inProcessSigner });
}

/** Looks the webhook up while one of the looks fails. */
async function lookUp(failing: Look, error: StorageError) {
  const get = () => (failing === "row" ? errAsync(error) : okAsync(view));
  return (await directoryOver({ get, ofWebhook: () => errAsync(error) })).recipients([webhookId], 0);
}

/** What is wrong with the webhook itself, by the look that tells of it. */
const itsOwn: Readonly<Record<Look, StorageErrorReason>> = { row: "damaged", secrets: "secrets" };

const ofTheStorage: readonly StorageErrorReason[] = [
  ...(["locked", "no-transaction", "full", "read-only", "newer-schema", "not-a-database", "unreachable"] as const),
  ...(["disconnected", "in-doubt", "timeout", "closed", "unexpected"] as const),
];

const looks: readonly Look[] = ["row", "secrets"];

it.each(looks.flatMap((look) => ofTheStorage.map((reason) => ({ look, reason }))))(
  "if the storage has trouble at the look at the $look ($reason), no attempt fails for it: the look-up does",
  async ({ look, reason }) => {
    const error = storageError(reason, "the storage has trouble");
    expect((await lookUp(look, error))._unsafeUnwrapErr()).toEqual(error);
  },
);

it.each(looks)("if the %s of a webhook cannot be read at all, its attempts fail, and say why", async (look) => {
  const error = storageError(itsOwn[look], "it is damaged");
  const recipient = (await lookUp(look, error))._unsafeUnwrap().get(webhookId);
  const signed = await recipient?.sign({ messageId: "m", body: new Uint8Array(), now: 0 });
  expect(signed?._unsafeUnwrapErr()).toEqual({ type: "SigningFailed", message: "it is damaged" });
});

const stored = (kind: "signing" | "key-pair" | "headers", secretId: string): StoredSecret => ({
  ...{ secretId, webhookId, kind, keyId: null, createdAt: 0, expiresAt: null },
  value: kind === "headers" ? "{}" : "x".repeat(32),
});
const all = [stored("signing", "s"), stored("key-pair", "k"), stored("headers", "h")];

it.each(all)("a webhook of which the secret store has lost the $kind is not signed without", async ({ secretId }) => {
  const complete = { ...view, keyPair: { keyPairId: "k", publicKey: "p" }, headers: { headersId: "h", names: [] } };
  const left = all.filter((secret) => secret.secretId !== secretId);
  const directory = await directoryOver({ get: () => okAsync(complete), ofWebhook: () => okAsync(left) });
  const recipient = (await directory.recipients([webhookId], 0))._unsafeUnwrap().get(webhookId);
  const signed = await recipient?.sign({ messageId: "m", body: new Uint8Array(), now: 0 });
  expect(signed?._unsafeUnwrapErr().message).toContain("is missing from the secret store");
});
