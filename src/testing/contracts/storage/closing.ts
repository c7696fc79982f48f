import type { ResultAsync } from "neverthrow";
import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { commit, registered, schedule, T0, webhookStream } from "./facts.ts";
import { valueOf, type Harnesses } from "./opening.ts";

/** Every call there is. */
function calls(storage: Storage): Readonly<Record<string, () => ResultAsync<unknown, unknown>>> {
  const { reader, writer, webhooks, deliveries, queue, messages, responses, secrets, projections, checkpoints } =
    storage;
  return {
    "reader.readStream": () => reader.readStream("webhook-a"),
    "reader.readAll": () => reader.readAll({ limit: 1 }),
    "writer.append": () => writer.append(commit(webhookStream("late"), "any", [registered("late")])),
    "webhooks.get": () => webhooks.get("a"),
    "webhooks.list": () => webhooks.list(""),
    "deliveries.get": () => deliveries.get("a"),
    "deliveries.list": () => deliveries.list({ limit: 1 }),
    "queue.claim": () => queue.claim(() => ({ owner: "A", now: T0, leaseUntil: T0 + 1000, limit: 1 })),
    "queue.release": () => queue.release("A", ["a"]),
    "queue.nextDueAt": () => queue.nextDueAt(),
    "messages.get": () => messages.get("a"),
    "messages.findByIdempotencyKey": () => messages.findByIdempotencyKey("", "a"),
    "responses.ofDelivery": () => responses.ofDelivery("a"),
    "secrets.ofWebhook": () => secrets.ofWebhook("a", T0),
    "checkpoints.positionOf": () => checkpoints.positionOf("a"),
    "reader.settledPosition": () => reader.settledPosition(),
    "projections.rebuild": () => projections.rebuild(),
    "projections.verify": () => projections.verify(),
  };
}

export function registerClosingCases({ open }: Harnesses): void {
  it("closing twice, or twice at once, is closing once", async () => {
    const { storage } = await open();
    expect((await Promise.all([storage.close(), storage.close()])).every((result) => result.isOk())).toBe(true);
    expect((await storage.close()).isOk()).toBe(true);
  });

  it("after close, every call is StorageError closed, and writes nothing", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.close());
    for (const [name, call] of Object.entries(calls(storage))) {
      expect((await call())._unsafeUnwrapErr(), name).toMatchObject({
        type: "StorageError",
        reason: "closed",
        retryable: false,
      });
    }
    expect(await valueOf(other.reader.readAll({ limit: 1 }))).toEqual([]);
  });

  it("closing one of two storages leaves the other working, with all that was written", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    await valueOf(storage.close());
    for (const [name, call] of Object.entries(calls(other))) expect((await call()).isOk(), name).toBe(true);
    expect(await valueOf(other.deliveries.get("d"))).toMatchObject({ deliveryId: "d" });
    expect(await valueOf(other.webhooks.get("late"))).toMatchObject({ webhookId: "late" });
  });

  it("a storage that is opened after all others were closed has the same data", async () => {
    const { storage, another } = await open();
    await schedule(storage, "d");
    await valueOf(storage.close());
    const reopened = await another();
    expect(await valueOf(reopened.deliveries.get("d"))).toMatchObject({ deliveryId: "d" });
    expect(await valueOf(reopened.reader.readAll({ limit: 9 }))).toHaveLength(1);
  });
}
