import { err, ok, ResultAsync, type Result } from "neverthrow";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { inProcessSigner } from "../../src/adapters/system/index.ts";
import { createWebhookDirectory } from "../../src/application/webhooks/webhook-directory.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import { parseRequestSettings } from "../../src/parse-settings.ts";
import type { StoredSecret } from "../../src/ports/secret-store.ts";
import { storageError, type StorageError } from "../../src/ports/storage-error.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { createGate } from "./gate.ts";
import { value } from "./open-hooks.ts";
import { promisesSettled } from "./when-idle.ts";
import { wrapStorage } from "./wrap-storage.ts";

type Read = "revision" | "list" | "get";

/** What a read waits for, before it looks and after it has seen. */
type Step = (read: Read, when: "before" | "after") => Promise<unknown>;

const url = "https://a.example/";

const viewAt = (webhookId: string, revision: number) => ({
  ...{
    webhookId,
    tenantId: "",
    url: `${url}${revision}`,
    events: [],
    active: true,
    deactivationReason: null,
    paused: false,
    rateLimitPerSecond: null,
  },
  ...{ retryConfig: DEFAULT_RETRY_CONFIG, headers: null, secretId: "s", schemes: [], keyPair: null, version: 1 },
  ...{ createdAt: 0, updatedAt: 0 },
});

const secretOf = (webhookId: string): StoredSecret => ({
  ...{ secretId: "s", webhookId, kind: "signing", value: "of a test", keyId: null, createdAt: 0, expiresAt: null },
});

/** The revision at which a webhook was read, which is in its URL. */
export const revisionOf = (view: { readonly url: string }) => Number(view.url.slice(url.length));

/** A directory over webhooks that name their revision. Each read looks between two steps, as long as `step` says. */
export async function createRevisedWebhooks(step: Step) {
  let revision = 0;
  let failing: Read | null = null;
  const reads: Read[] = [];

  function read<T>(name: Read, look: () => T): ResultAsync<T, StorageError> {
    reads.push(name);
    const looked = step(name, "before").then(async () => {
      const seen: Result<T, StorageError> = name === failing ? err(storageError("full", "of a test")) : ok(look());
      await step(name, "after");
      return seen;
    });
    return new ResultAsync(looked);
  }

  const adapter = wrapStorage(memoryStorage(), ({ webhooks, secrets }) => ({
    webhooks: {
      ...webhooks,
      revision: () => read("revision", () => revision),
      list: () => read("list", () => [viewAt("x", revision)]),
      get: (webhookId) => read("get", () => viewAt(webhookId, revision)),
    },
    secrets: {
      ...secrets,
      ofWebhook: (webhookId) => ResultAsync.fromSafePromise(Promise.resolve([secretOf(webhookId)])),
    },
  }));
  const storage = await value(adapter.open());
  const request = parseRequestSettings()._unsafeUnwrap();
  const directory = createWebhookDirectory({ storage, clock: createFakeClock(), request, signer: inProcessSigner });
  return {
    reads,
    refresh: async () => (await directory.refresh())._unsafeUnwrap(),
    revision: () => revision,
    fail: (read: Read | null) => void (failing = read),
    changeTo: (present: number) => void (revision = present),
    /** The revisions of the webhooks that a claim at revision `present` gets. */
    async claimed(webhookIds: readonly string[], present: number) {
      const recipients = await directory.recipients(webhookIds, present);
      return [...recipients._unsafeUnwrap().values()].map(({ view }) => revisionOf(view));
    },
    /** The tenant's webhooks as a publish gets them. */
    async ofTenant(tenantId: string) {
      const tenant = (await directory.ofTenant(tenantId))._unsafeUnwrap();
      return { decidedAt: tenant.revision, readAt: tenant.webhooks.map(revisionOf) };
    },
  };
}

/** A directory whose reads can be held up: each looks at once, and answers when the returned function is called. */
export async function createHeldUp() {
  const held = new Map<string, Promise<void>>();
  const revised = await createRevisedWebhooks(async (read, when) => {
    if (when === "after") await held.get(read);
  });

  function holdUp(read: "revision" | "list" | "get"): () => Promise<void> {
    const gate = createGate<undefined>();
    held.set(read, gate.opened);
    return async () => {
      gate.open(undefined);
      await promisesSettled();
    };
  }

  return { ...revised, holdUp, goOn: (read: string) => held.delete(read) };
}
