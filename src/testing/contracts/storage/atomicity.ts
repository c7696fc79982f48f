import { expect, it } from "vitest";
import type { Commit } from "../../../ports/commit.ts";
import type { SecretWrite, StoredSecret } from "../../../ports/secret-store.ts";
import { errorOf, valueOf } from "../results.ts";
import {
  commit,
  deliveryStream,
  everything,
  message,
  record,
  registered,
  schedule,
  scheduled,
  secret,
  succeeded,
  T0,
  webhookStream,
} from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerAtomicityCases({ open }: Harnesses): void {
  it("if one of several streams is not at its expected version, nothing is written", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("there"), registered("there"));
    await schedule(storage, "leased");
    const held = { owner: "A", now: T0, leaseUntil: T0 + 1000, limit: 1 };
    await valueOf(storage.queue.claim(() => held));
    const before = await everything(storage);

    const refused: Commit = {
      recordedAt: T0,
      streams: [
        { streamId: webhookStream("new"), expectedVersion: "no-stream", events: [registered("new")] },
        { streamId: deliveryStream("new"), expectedVersion: "no-stream", events: [scheduled("new")] },
        { streamId: deliveryStream("leased"), expectedVersion: 1, events: [succeeded] },
        { streamId: webhookStream("there"), expectedVersion: "no-stream", events: [registered("there")] },
      ],
      messages: [message("new", { idempotencyKey: "key" })],
      secrets: [{ op: "put", secret: secret("new", { webhookId: "new" }) }],
      responses: [{ deliveryId: "new", attempt: 1, excerpt: "no" }],
    };
    const error = await errorOf(storage.writer.append(refused));

    expect(error).toMatchObject({ type: "VersionConflict", streamId: "webhook-there", actual: 1 });
    expect(await everything(storage)).toEqual(before);
    expect(await valueOf(storage.webhooks.get("new"))).toBeNull();
    expect(await valueOf(storage.deliveries.get("new"))).toBeNull();
    expect(await valueOf(storage.messages.get("new"))).toBeNull();
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key"))).toBeNull();
    expect(await valueOf(storage.secrets.ofWebhook("new", T0))).toEqual([]);
    expect(await valueOf(storage.responses.ofDeliveries(["new"]))).toEqual([]);
    expect(await valueOf(storage.queue.claim(() => ({ ...held, owner: "B" })))).toEqual([]);
  });

  it("once an append has resolved, everything in its commit is there, for another storage too", async () => {
    const { storage, another } = await open();
    const other = await another();
    const whole: Commit = {
      recordedAt: T0,
      streams: [
        { streamId: webhookStream("a"), expectedVersion: "no-stream", events: [registered("a")] },
        { streamId: deliveryStream("b"), expectedVersion: "no-stream", events: [scheduled("b")] },
      ],
      metadata: { actor: "test" },
      messages: [message("c", { idempotencyKey: "key" })],
      secrets: [{ op: "put", secret: secret("d", { webhookId: "a" }) }],
      responses: [{ deliveryId: "b", attempt: 1, excerpt: "no" }],
    };
    await valueOf(storage.writer.append(whole));

    expect(await everything(other)).toEqual(await everything(storage));
    expect((await everything(other)).events).toHaveLength(2);
    expect(await valueOf(other.webhooks.get("a"))).toMatchObject({ webhookId: "a", version: 1 });
    expect(await valueOf(other.deliveries.get("b"))).toMatchObject({ deliveryId: "b", state: "pending" });
    expect(await valueOf(other.messages.get("c"))).toEqual(message("c", { idempotencyKey: "key" }));
    expect(await valueOf(other.secrets.ofWebhook("a", T0))).toEqual([secret("d", { webhookId: "a" })]);
    expect(await valueOf(other.responses.ofDeliveries(["b"]))).toEqual([
      { deliveryId: "b", attempt: 1, excerpt: "no" },
    ]);
  });

  it("a commit that names a stream twice is StorageError unexpected, and writes nothing", async () => {
    const { storage } = await open();
    const append = { streamId: webhookStream("a"), expectedVersion: "any" as const, events: [registered("a")] };
    const error = await errorOf(
      storage.writer.append({ recordedAt: T0, streams: [append, { ...append, events: [] }] }),
    );
    expect(error).toMatchObject({ type: "StorageError", reason: "unexpected", retryable: false });
    expect(error.message).toContain("webhook-a");
    expect((await everything(storage)).events).toEqual([]);
  });

  it("a second message or secret of one id, or response to one attempt, is StorageError unexpected, and nothing is overwritten", async () => {
    const { storage } = await open();
    const put = (...added: readonly StoredSecret[]) => added.map((one) => ({ op: "put" as const, secret: one }));
    const response = { deliveryId: "d", attempt: 1, excerpt: "no" };
    const first = { messages: [message("m")], secrets: put(secret("s")), responses: [response] };
    await valueOf(storage.writer.append(commit("message-m", "any", [], first)));
    const second: readonly Partial<Commit>[] = [
      { messages: [message("m", { body: "{}" })] },
      { messages: [message("n"), message("n", { body: "{}" })] },
      { secrets: put(secret("s", { value: "other" })) },
      { secrets: put(secret("t"), secret("t", { value: "other" })) },
      { responses: [{ ...response, excerpt: "other" }] },
      { responses: [2, 2].map((attempt) => ({ ...response, attempt })) },
    ];
    for (const values of second) {
      const error = await errorOf(storage.writer.append(commit(webhookStream("a"), "any", [registered("a")], values)));
      expect(error).toMatchObject({ type: "StorageError", reason: "unexpected", retryable: false });
    }
    expect((await everything(storage)).events).toEqual([]);
    expect(await valueOf(storage.transfer.messages("", 9))).toEqual([message("m")]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([secret("s")]);
    expect(await valueOf(storage.responses.ofDeliveries(["d"]))).toEqual([response]);
  });

  it("a secret's id cannot be another webhook's too, and is free once it is forgotten, even in the same commit", async () => {
    const { storage } = await open();
    const put = (webhookId: string) => ({ op: "put" as const, secret: secret("s", { webhookId }) });
    const append = (...secrets: readonly SecretWrite[]) =>
      storage.writer.append(commit("webhook-1", "any", [], { secrets }));
    await valueOf(append(put("webhook-1")));
    expect(await errorOf(append(put("webhook-2")))).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toEqual([]);
    await valueOf(append({ op: "forget", webhookId: "webhook-1" }, put("webhook-2")));
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toMatchObject([{ secretId: "s" }]);
  });

  it("what was appended does not change with the objects that were given", async () => {
    const { storage } = await open();
    const events = ["memory.updated"];
    const given = registered("a", { events });
    const metadata = { actor: "test" };
    const stored = message("m");
    const mutable = { ...stored };
    await valueOf(storage.writer.append(commit(webhookStream("a"), "any", [given], { metadata, messages: [mutable] })));
    events.push("memory.deleted");
    metadata.actor = "changed";
    mutable.body = "changed";
    const read = await valueOf(storage.reader.readAll({ limit: 1 }));
    expect(read).toMatchObject([{ data: { events: ["memory.updated"] }, metadata: { actor: "test" } }]);
    expect(await valueOf(storage.webhooks.get("a"))).toMatchObject({ events: ["memory.updated"] });
    expect(await valueOf(storage.messages.get("m"))).toEqual(stored);
  });
}
