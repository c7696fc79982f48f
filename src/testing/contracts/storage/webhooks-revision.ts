import { expect, it } from "vitest";
import type { Commit } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import { deliveryStream, message, record, registered, schedule, secret, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

function publishAt({ writer }: Storage, webhooksRevision: number, messageId: string) {
  return writer.append({ recordedAt: T0, streams: [], messages: [message(messageId)], webhooksRevision });
}

export function registerWebhooksRevisionCases({ open }: Harnesses): void {
  it("is WebhooksChanged if the webhooks have changed since, and writes nothing", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    const before = await valueOf(storage.webhooks.revision());
    await valueOf(publishAt(storage, before, "first"));
    await record(storage, webhookStream("a"), { type: "WebhookUrlChanged", data: { url: "https://b.example/" } });
    expect(await errorOf(publishAt(storage, before, "second"))).toMatchObject({ type: "WebhooksChanged" });
    expect(await valueOf(storage.messages.get("second"))).toBeNull();
    await valueOf(publishAt(storage, await valueOf(storage.webhooks.revision()), "second"));
    expect(await valueOf(storage.messages.get("second"))).toMatchObject({ messageId: "second" });
  });

  it("is WebhooksChanged even if the change is made at the same time, and neither is on disk yet", async () => {
    const { storage } = await open();
    const before = await valueOf(storage.webhooks.revision());
    const changed = record(storage, webhookStream("a"), registered("a"));
    expect(await errorOf(publishAt(storage, before, "m"))).toMatchObject({ type: "WebhooksChanged" });
    await changed;
  });

  it.each<[what: string, other: Partial<Commit>]>([
    ["a secret", { secrets: [{ op: "put", secret: secret("s") }] }],
    ["a stream as it is", { streams: [{ streamId: deliveryStream("d"), expectedVersion: 1, events: [] }] }],
    ["an erasure", { erasures: ["m"] }],
    ["nothing", {}],
  ])("is checked whatever it holds: %s", async (_what, other) => {
    const { storage } = await open();
    await schedule(storage, "d");
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages: [message("m")] }));
    const webhooksRevision = await valueOf(storage.webhooks.revision());
    const commit: Commit = { recordedAt: T0, streams: [], ...other };
    const passed = { ...commit, webhooksRevision: webhooksRevision + 999 };
    expect(await errorOf(storage.writer.append(passed))).toMatchObject({ type: "WebhooksChanged" });
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([]);
    expect(await valueOf(storage.messages.get("m"))).toMatchObject({ erasedAt: null });
    expect(await valueOf(storage.webhooks.revision())).toBe(webhooksRevision);
    await valueOf(storage.writer.append({ ...commit, webhooksRevision }));
  });

  it("keeps nobody from the present revision if it names one that never was", async () => {
    const { storage } = await open();
    const webhooksRevision = await valueOf(storage.webhooks.revision());
    const none = { recordedAt: T0, streams: [] };
    const [passed, present] = await Promise.all([
      errorOf(storage.writer.append({ ...none, webhooksRevision: webhooksRevision + 999 })),
      valueOf(storage.writer.append({ ...none, webhooksRevision })),
    ]);
    expect(passed).toMatchObject({ type: "WebhooksChanged" });
    expect(present).toEqual([]);
  });
}
