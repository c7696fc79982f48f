import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import { message, record, registered, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

function publishAt({ writer }: Storage, webhooksRevision: number, messageId: string) {
  return writer.append({ recordedAt: T0, streams: [], messages: [message(messageId)], webhooksRevision });
}

export function registerWebhooksRevisionCases({ open }: Harnesses): void {
  it("a commit that was decided on webhooks which have changed since is refused, and writes nothing", async () => {
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

  it("a change that is made at the same time counts, though neither is on disk yet", async () => {
    const { storage } = await open();
    const before = await valueOf(storage.webhooks.revision());
    const changed = record(storage, webhookStream("a"), registered("a"));
    expect(await errorOf(publishAt(storage, before, "m"))).toMatchObject({ type: "WebhooksChanged" });
    await changed;
  });
}
