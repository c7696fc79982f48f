import { err, ok, type Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import { DEFAULT_RETRY_CONFIG } from "../../domain/retry/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { createConceal } from "../deliveries/conceal.ts";
import { createSignRequest } from "../deliveries/sign-request.ts";
import type { Dependencies } from "../dependencies.ts";
import { complete } from "./complete.ts";
import { createRecentlyUsed } from "./recently-used.ts";
import type { Recipient, RememberedTenant, WebhookDirectory } from "./recipients.ts";
import { createSharedRead } from "./shared-read.ts";

/** How many webhooks a generation holds. If more than two generations of them are in use, some are read again. */
const MOST_REMEMBERED = 2000;

export function createWebhookDirectory(
  deps: Pick<Dependencies, "storage" | "clock" | "request" | "signer">,
): WebhookDirectory {
  const { webhooks } = deps.storage;
  // A tenant without webhooks takes up space as well.
  const tenants = createRecentlyUsed<RememberedTenant>(MOST_REMEMBERED, (tenant) => 1 + tenant.webhooks.length);
  const remembered = createRecentlyUsed<Recipient>(MOST_REMEMBERED, () => 1);
  /** The tenants being read at the known revision. Whoever asks for one of them shares the read. */
  const listing = new Map<string, Promise<Result<RememberedTenant, StorageError>>>();
  /** An object, because a storage that was taken back may reach the same number again. */
  let known = { revision: -1 };

  /** Forgets what may be out of date. */
  function moveTo(revision: number): void {
    tenants.clear();
    remembered.clear();
    listing.clear();
    known = { revision };
  }

  /**
   * An answer that later answers have overtaken says nothing. It cannot be below what was known when it was asked for,
   * unless the storage was taken back under the process: by a restore, or when a standby that lacks the last commits
   * took over.
   */
  const refresh = createSharedRead(async (): Promise<Result<void, StorageError>> => {
    const before = known.revision;
    return (await webhooks.revision()).map((present) => {
      if (present > known.revision || present < before) moveTo(present);
    });
  });

  async function list(tenantId: string): Promise<Result<RememberedTenant, StorageError>> {
    const readAt = known;
    const listed = await webhooks.list(tenantId);
    return listed.map((views) => {
      const tenant = { webhooks: views, revision: readAt.revision };
      if (readAt === known) tenants.set(tenantId, tenant);
      return tenant;
    });
  }

  function sharedList(tenantId: string): Promise<Result<RememberedTenant, StorageError>> {
    const underWay = listing.get(tenantId);
    if (underWay !== undefined) return underWay;
    const begun = list(tenantId).finally(() => {
      if (listing.get(tenantId) === begun) listing.delete(tenantId);
    });
    listing.set(tenantId, begun);
    return begun;
  }

  async function load(webhookId: string): Promise<Result<Recipient | null, StorageError>> {
    const row = await webhooks.get(webhookId);
    if (row.isErr()) {
      const stranger = { webhookId, url: "", active: true, retryConfig: DEFAULT_RETRY_CONFIG };
      return row.error.reason === "damaged" ? ok(notToBeSigned(stranger, row.error, deps.clock.now())) : err(row.error);
    }
    const completed = row.value === null ? ok(null) : await complete(deps, row.value);
    if (row.value !== null && completed.isErr() && completed.error.reason === "secrets") {
      return ok(notToBeSigned(row.value, completed.error, deps.clock.now()));
    }
    return completed.map((webhook) => {
      if (webhook === null) return null;
      const { view, validUntil, ...rest } = webhook;
      const { url, schemes } = view;
      const target = { webhookId, url, schemes, ...rest };
      const conceal = createConceal([...Object.values(rest.headers), ...rest.signing, ...rest.keyPairs]);
      return { view, validUntil, conceal, sign: createSignRequest(deps.request, target, deps.signer) };
    });
  }

  return {
    refresh,
    async ofTenant(tenantId) {
      const there = tenants.get(tenantId);
      if (there !== undefined) return ok(there);
      const refreshed = await refresh();
      if (refreshed.isErr()) return err(refreshed.error);
      const meanwhile = tenants.get(tenantId);
      return meanwhile === undefined ? sharedList(tenantId) : ok(meanwhile);
    },
    async recipients(webhookIds, revision) {
      if (revision !== null && revision > known.revision) moveTo(revision);
      // If the claim was overtaken, or the storage was taken back, the storage knows which.
      if (revision === null || revision < known.revision) {
        const refreshed = await refresh();
        if (refreshed.isErr()) return err(refreshed.error);
      }
      const found = new Map<string, Recipient>();
      for (const webhookId of webhookIds) {
        const there = remembered.get(webhookId);
        if (there !== undefined && (there.validUntil === null || deps.clock.now() < there.validUntil)) {
          found.set(webhookId, there);
          continue;
        }
        const readAt = known;
        const loaded = await load(webhookId);
        if (loaded.isErr()) return err(loaded.error);
        if (loaded.value === null) continue;
        found.set(webhookId, loaded.value);
        if (readAt === known) remembered.set(webhookId, loaded.value);
      }
      return ok(found);
    },
  };
}

/** Makes a recipient whose attempts fail, with the reason, until the webhook is mended. The other webhooks go on. */
function notToBeSigned(view: Recipient["view"], { message }: StorageError, now: EpochMs): Recipient {
  return { view, validUntil: now, conceal: (text) => text, sign: () => err({ type: "SigningFailed", message }) };
}
