import { expect, it } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import type { RecordedEvent } from "../../../domain/ledger/index.ts";
import { UNTIL_RESUMED } from "../../../ports/delivery-queue.ts";
import { errorOf, valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, message, record, registered, schedule, secret, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const copied = (webhookId: string, position: number): RecordedEvent => ({
  ...{ ...registered(webhookId), streamId: webhookStream(webhookId), version: 1, position },
  ...{ metadata: {}, recordedAt: toIso(T0) },
});

export function registerTransferCases({ open }: Harnesses): void {
  it.each([0, 1])("positions go on after the last one that was copied, with %i events there", async (events) => {
    const { storage } = await open();
    if (events > 0) await schedule(storage, "d");
    await valueOf(storage.transfer.restore({ lastPosition: 7 }));
    await valueOf(storage.transfer.restore({ lastPosition: 3 }));
    expect(await valueOf(storage.reader.settledPosition())).toBe(7);
    await valueOf(storage.writer.append(commit(webhookStream("a"), "no-stream", [registered("a")])));
    const ledger = await valueOf(storage.reader.readAll({ limit: 10 }));
    expect(ledger.map(({ position }) => position).at(-1)).toBeGreaterThan(7);
  });

  it("copied events are read in order, whatever order they come in, and new events get positions after them", async () => {
    const { storage } = await open();
    const events = [9, 5].map((position) => copied(`w${position}`, position));
    for (const event of events) await valueOf(storage.transfer.restore({ events: [event] }));
    expect(await valueOf(storage.reader.settledPosition())).toBe(9);
    await record(storage, webhookStream("new"), registered("new"));
    const ledger = await valueOf(storage.reader.readAll({ limit: 10 }));
    expect(ledger.slice(0, 2)).toEqual(events.toReversed());
    expect(ledger.map(({ position }) => position)).toEqual([5, 9, 10]);
  });

  it("a checkpoint that is there moves on to the copied position, and never back", async () => {
    const { storage } = await open();
    for (const position of [3, 5, 4])
      await valueOf(storage.transfer.restore({ checkpoints: [{ name: "n", position }] }));
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([{ name: "n", position: 5 }]);
  });

  it("the last position is told even after its event was pruned", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await record(storage, deliveryStream("d"), { type: "DeliveryCancelled", data: { reason: "operator" } });
    const last = await valueOf(storage.reader.settledPosition());
    expect(await valueOf(storage.retention.pruneDeliveries(T0 + 1, "", 10))).toMatchObject({ removed: 1 });
    expect(await valueOf(storage.reader.settledPosition())).toBe(last);
  });

  it("what is there already is left as it is: events, messages, secrets and responses", async () => {
    const { storage } = await open();
    const [response, put] = [{ deliveryId: "d", attempt: 1, excerpt: "here" }, secret("s")];
    await valueOf(
      storage.writer.append(
        commit(webhookStream("a"), "any", [registered("a")], {
          ...{ messages: [message("m")], secrets: [{ op: "put", secret: put }], responses: [response] },
        }),
      ),
    );
    const events = await valueOf(storage.reader.readAll({ limit: 1 }));
    await valueOf(
      storage.transfer.restore({
        events: events.map((event) => ({ ...event, metadata: { actor: "another" } })),
        messages: [message("m", { body: "{}" })],
        secrets: [secret("s", { value: "another" })],
        responses: [{ ...response, excerpt: "another" }],
      }),
    );
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toEqual(events);
    expect(await valueOf(storage.transfer.messages("", 9))).toEqual([message("m")]);
    expect(await valueOf(storage.transfer.secrets("", 9))).toEqual([put]);
    expect(await valueOf(storage.transfer.responses({ deliveryId: "", attempt: 0 }, 9))).toEqual([response]);
  });

  it("an event whose version its stream has at another position is refused, with all that comes beside it", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    const [event] = await valueOf(storage.reader.readAll({ limit: 1 }));
    const events = event === undefined ? [] : [{ ...event, position: 9 }];
    const refused = await errorOf(storage.transfer.restore({ events, messages: [message("m")], lastPosition: 9 }));
    expect(refused).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toEqual([event]);
    expect(await valueOf(storage.messages.get("m"))).toBeNull();
    expect(await valueOf(storage.reader.settledPosition())).toBeLessThan(9);
  });

  it("so is a message whose idempotency key another has; one that is given twice is kept as first given", async () => {
    const { storage } = await open();
    const [first, other] = [message("m", { idempotencyKey: "k" }), message("n", { idempotencyKey: "k" })];
    const twice = message("m", { body: "{}" });
    await valueOf(storage.transfer.restore({ messages: [first, twice] }));
    const checkpoints = [{ name: "n", position: 3 }];
    const beside = { events: [copied("a", 5)], checkpoints, lastPosition: 9 };
    const refused = await errorOf(storage.transfer.restore({ messages: [message("l"), other], ...beside }));
    expect(refused).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await valueOf(storage.transfer.messages("", 9))).toEqual([first]);
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "k"))).toEqual(first);
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([]);
    expect(await valueOf(storage.reader.settledPosition())).toBe(0);
    expect(await valueOf(storage.reader.readStream(webhookStream("a")))).toEqual([]);
  });

  it("once the projections are rebuilt, a webhook whose copied row is paused is held back", async () => {
    const { storage } = await open();
    const { storage: source } = await open();
    const paused = { type: "WebhookPaused", data: {} } as const;
    await record(source, webhookStream("w"), registered("w"), paused);
    await schedule(source, "d", { webhookId: "w" });
    const events = await valueOf(source.reader.readAll({ limit: 10 }));
    await valueOf(storage.transfer.restore({ events }));
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: UNTIL_RESUMED });
    expect(await claimed(storage)).toEqual([]);
    await record(storage, webhookStream("w"), { type: "WebhookResumed", data: {} });
    expect(await claimed(storage)).toMatchObject([{ deliveryId: "d" }]);
  });

  it("every storage pages by id in the same order, that of code points, so that a copy can be compared", async () => {
    const { storage } = await open();
    const inOrder = ["a", "a\uff5e", "a\u{1f600}"];
    const ids = inOrder.toReversed();
    const restoration = {
      messages: ids.map((id) => message(id, { subject: "s" })),
      secrets: ids.map((id) => secret(id)),
      responses: ids.map((deliveryId) => ({ deliveryId, attempt: 1, excerpt: "no" })),
    };
    await valueOf(storage.transfer.restore(restoration));
    const { transfer, messages, secrets } = storage;
    for (const [index, id] of ["", ...inOrder].entries()) {
      const rest = inOrder.slice(index);
      expect((await valueOf(transfer.messages(id, 9))).map(({ messageId }) => messageId)).toEqual(rest);
      expect((await valueOf(transfer.secrets(id, 9))).map(({ secretId }) => secretId)).toEqual(rest);
      const responses = await valueOf(transfer.responses({ deliveryId: id, attempt: 1 }, 9));
      expect(responses.map(({ deliveryId }) => deliveryId)).toEqual(rest);
      expect((await valueOf(messages.list(id, 9))).map(({ messageId }) => messageId)).toEqual(rest);
      expect((await valueOf(secrets.notUnder("k", id, 9))).map(({ secretId }) => secretId)).toEqual(rest);
    }
    const about = await valueOf(messages.aboutSubject({ tenantId: "", subject: "s", limit: 2 }));
    expect(about.map(({ messageId }) => messageId)).toEqual(inOrder.slice(0, 2));
    expect(await valueOf(storage.retention.pruneMessages(T0 + 1, "", 2))).toMatchObject({
      removed: 2,
      next: inOrder[1],
    });
    expect(await valueOf(messages.list("", 9))).toMatchObject([{ messageId: inOrder[2] }]);
  });
}
