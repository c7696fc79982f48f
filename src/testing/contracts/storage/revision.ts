import { expect, it } from "vitest";
import type { WebhookEvent } from "../../../domain/webhook/index.ts";
import type { Commit } from "../../../ports/commit.ts";
import type { SecretWrite } from "../../../ports/secret-store.ts";
import { DEFAULT_RETRY_CONFIG } from "../../../domain/retry/index.ts";
import { valueOf } from "../results.ts";
import { claimed, claimOf } from "./claims.ts";
import { commit, deliveryStream, failed, message, registered, schedule, secret, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const changes: readonly WebhookEvent[] = [
  registered("w"),
  { type: "WebhookUrlChanged", data: { url: "https://b.example/" } },
  { type: "WebhookSubscriptionChanged", data: { events: [] } },
  { type: "WebhookRetryConfigChanged", data: { retryConfig: DEFAULT_RETRY_CONFIG } },
  { type: "WebhookHeadersChanged", data: { headers: { headersId: "h", names: ["x-a"] } } },
  { type: "WebhookSecretRotated", data: { secretId: "s", overlapUntil: null } },
  { type: "WebhookDeactivated", data: { reason: "operator" } },
  { type: "WebhookActivated", data: {} },
  { type: "WebhookDeleted", data: {} },
];

const writes: readonly SecretWrite[] = [
  { op: "put", secret: secret("s") },
  { op: "expire", webhookId: "webhook-1", kind: "signing", expiresAt: T0 + 1, now: T0, most: 10 },
  { op: "forget", webhookId: "webhook-1" },
];

/** Changes no secret, so by itself it is no change. */
const replace = { op: "replace", webhookId: "w", secretId: "s", value: "v", keyId: "k" } as const;

export function registerRevisionCases({ open }: Harnesses): void {
  it("grows with each change of a webhook and of a secret, for every storage", async () => {
    const { storage, another } = await open();
    const other = await another();
    const appends: readonly Commit[] = [
      ...changes.map((event) => commit(webhookStream("w"), "any", [event])),
      ...writes.map((write) => commit(webhookStream("w"), "any", [], { secrets: [write] })),
      commit(webhookStream("w"), "any", [], { secrets: [{ op: "put", secret: secret("t") }, replace] }),
    ];
    let last = await valueOf(other.webhooks.revision());
    for (const append of appends) {
      await valueOf(storage.writer.append(append));
      const present = await valueOf(other.webhooks.revision());
      expect(present).toBeGreaterThan(last);
      expect(await valueOf(storage.webhooks.revision())).toBe(present);
      last = present;
    }
  });

  it("grows with changes that are made at once", async () => {
    const { storage } = await open();
    const before = await valueOf(storage.webhooks.revision());
    const ids = ["a", "b", "c"];
    await Promise.all(
      ids.map((id) => valueOf(storage.writer.append(commit(webhookStream(id), "any", [registered(id)])))),
    );
    expect(await valueOf(storage.webhooks.revision())).toBeGreaterThan(before);
  });

  it("stays the same with all else: messages, deliveries and their outcomes, claims, pauses, verifying, refused commits", async () => {
    const { storage } = await open();
    await valueOf(storage.writer.append(commit(webhookStream("w"), "any", [registered("w")])));
    const before = await valueOf(storage.webhooks.revision());
    await schedule(storage, "d");
    await claimed(storage);
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["d"], leaseUntil: T0 + 5000 })));
    await valueOf(
      storage.writer.append(
        commit(deliveryStream("d"), 1, [failed(1, T0)], {
          messages: [message("m")],
          responses: [{ deliveryId: "d", attempt: 1, excerpt: "no" }],
          health: [{ webhookId: "w", at: T0, failing: true, pausedUntil: T0 + 5 }],
        }),
      ),
    );
    await claimed(storage, { now: T0 + 5 });
    await valueOf(storage.queue.release("A", ["d"]));
    await valueOf(storage.projections.verify());
    await valueOf(storage.writer.append(commit(webhookStream("w"), "any", [], { secrets: [replace] })));
    const refused = commit(webhookStream("w"), 9, changes.slice(1, 2), { secrets: writes });
    expect((await storage.writer.append(refused)).isErr()).toBe(true);
    expect(await valueOf(storage.webhooks.revision())).toBe(before);
  });

  it("is told by each claim, however it names what it wants, as it is at the claim", async () => {
    const { storage, another } = await open();
    const other = await another();
    const told = new Set<number>();
    for (const deliveryId of ["a", "b", "c", "d"]) {
      await schedule(storage, deliveryId);
      await valueOf(other.writer.append(commit(webhookStream(deliveryId), "any", [registered(deliveryId)])));
      const named = deliveryId < "c" ? {} : { deliveryIds: [deliveryId] };
      const [found] = await valueOf(storage.queue.claim(() => claimOf(named)));
      expect(found?.webhooksRevision).toBe(await valueOf(storage.webhooks.revision()));
      told.add(found?.webhooksRevision ?? 0);
    }
    expect(told.size).toBe(4);
  });

  it("grows with a rebuild, after which the webhooks may differ", async () => {
    const { storage } = await open();
    await valueOf(storage.writer.append(commit(webhookStream("w"), "any", [registered("w")])));
    const before = await valueOf(storage.webhooks.revision());
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.webhooks.revision())).toBeGreaterThan(before);
  });

  it("grows with a rebuild even if the ledger has no webhook, since the rebuild may have removed a row", async () => {
    const { storage } = await open();
    const before = await valueOf(storage.webhooks.revision());
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.webhooks.revision())).toBeGreaterThan(before);
  });
}
