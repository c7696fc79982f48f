import { expect, it } from "vitest";
import type { SubjectFilter } from "../../../ports/message-store.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, failed, message, record, schedule, scheduled, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { claimIds } from "./claims.ts";

export function registerErasureCases({ open }: Harnesses): void {
  it("removes the message's body and subject, and the responses to its deliveries; others stay", async () => {
    const { storage } = await open();
    const messages = ["a", "b"].map((id) => message(id, { subject: "s", idempotencyKey: `key-${id}` }));
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages }));
    for (const id of ["a", "b"]) {
      await schedule(storage, `to-${id}`, { messageId: id });
      const responses = [{ deliveryId: `to-${id}`, attempt: 1, excerpt: "echo" }];
      await valueOf(storage.writer.append(commit(deliveryStream(`to-${id}`), "any", [failed(1, T0)], { responses })));
    }
    const erased = commit("message-a", "any", [{ type: "MessageErased", data: {} }], { erasures: ["a"] });
    await valueOf(storage.writer.append({ ...erased, recordedAt: T0 + 7 }));
    const gone = { body: "", subject: null, erasedAt: T0 + 7, idempotencyKey: "key-a" };
    expect(await valueOf(storage.messages.get("a"))).toEqual({ ...messages[0], ...gone });
    expect(await valueOf(storage.messages.get("b"))).toEqual(messages[1]);
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key-a"))).toMatchObject({ messageId: "a" });
    const bodiless = messages.map(({ body, ...rest }) => rest);
    const about = await valueOf(storage.messages.aboutSubject({ tenantId: "", subject: "s", limit: 10 }));
    expect(about).toEqual(bodiless.slice(1));
    expect(await valueOf(storage.responses.ofDeliveries(["to-a"]))).toEqual([]);
    expect(await valueOf(storage.responses.ofDeliveries(["to-b"]))).toHaveLength(1);
    await valueOf(storage.messages.purge());
    expect((await valueOf(storage.projections.verify())).differences).toEqual([]);
  });

  it("standings tell of each message whether it is erased and where its stream stands, whatever is left of it", async () => {
    const { storage } = await open();
    const messages = ["a", "b", "c"].map((id) => message(id));
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages }));
    const addressed = { type: "MessageAddressed", data: { webhookId: "w", deliveryId: "d" } } as const;
    for (const id of ["a", "b", "gone"]) await record(storage, `message-${id}`, addressed);
    const erased = commit("message-a", "any", [{ type: "MessageErased", data: {} }], { erasures: ["a"] });
    await valueOf(storage.writer.append(erased));
    const standings = await valueOf(storage.messages.standings(["c", "a", "gone", "b", "none"]));
    expect([...standings].sort((x, y) => (x.messageId < y.messageId ? -1 : 1))).toEqual([
      { messageId: "a", version: 2, isErased: true },
      { messageId: "b", version: 1, isErased: false },
      { messageId: "c", version: 0, isErased: false },
      { messageId: "gone", version: 1, isErased: false },
      { messageId: "none", version: 0, isErased: false },
    ]);
    expect(await valueOf(storage.messages.standings([]))).toEqual([]);
  });

  it("a claimed delivery of an erased message has no body", async () => {
    const { storage } = await open();
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages: [message("a")] }));
    await schedule(storage, "d", { messageId: "a" });
    const erased = commit("message-a", "any", [{ type: "MessageErased", data: {} }], { erasures: ["a"] });
    await valueOf(storage.writer.append(erased));
    const claim = { owner: "A", now: T0, leaseUntil: T0 + 1, limit: 1 };
    expect(await valueOf(storage.queue.claim(() => claim))).toMatchObject([{ body: null }]);
    await record(storage, deliveryStream("d"), { type: "DeliveryCancelled", data: { reason: "message-erased" } });
    expect(await claimIds(storage, { now: T0 + 2 })).toEqual([]);
  });

  it("aboutSubject lists the tenant's messages by id, page by page, in either direction, without one that was erased at the same time", async () => {
    const { storage } = await open();
    const about = (id: string, tenantId = "") => message(id, { tenantId, subject: "s" });
    const others = ["", "r", "S", "s2", "t"].map((subject, index) => message(`e${index}`, { subject }));
    const ids = ["d\u{1f600}", "d\uff5e", "c", "a", "b"];
    const messages = [...ids.map((id) => about(id)), about("d", "t"), ...others];
    const [published, erased] = await Promise.all([
      storage.writer.append({ recordedAt: T0, streams: [], messages }),
      storage.writer.append({ recordedAt: T0, streams: [], erasures: ["b"] }),
    ]);
    expect([published.isOk(), erased.isOk()]).toEqual([true, true]);
    const listed = async (filter: Partial<SubjectFilter>) => {
      const found = await valueOf(storage.messages.aboutSubject({ tenantId: "", subject: "s", limit: 10, ...filter }));
      return found.map(({ messageId }) => messageId);
    };
    expect(await listed({})).toEqual(["a", "c", "d\uff5e", "d\u{1f600}"]);
    expect(await listed({ newestFirst: true })).toEqual(["d\u{1f600}", "d\uff5e", "c", "a"]);
    expect(await listed({ limit: 1 })).toEqual(["a"]);
    expect(await listed({ limit: 2, after: "a" })).toEqual(["c", "d\uff5e"]);
    expect(await listed({ limit: 2, after: "d\uff5e" })).toEqual(["d\u{1f600}"]);
    expect(await listed({ limit: 2, after: "d\uff5e", newestFirst: true })).toEqual(["c", "a"]);
    expect(await listed({ after: "b" })).toEqual(["c", "d\uff5e", "d\u{1f600}"]);
    expect(await listed({ limit: 0 })).toEqual([]);
    expect(await listed({ tenantId: "t" })).toEqual(["d"]);
  });

  it("removes the responses to deliveries that were scheduled at the same time", async () => {
    const { storage } = await open();
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages: [message("a")] }));
    const responses = [{ deliveryId: "d", attempt: 1, excerpt: "echo" }];
    const event = scheduled("d", { messageId: "a" });
    const appended = await Promise.all([
      storage.writer.append(commit(deliveryStream("d"), "any", [event], { responses })),
      storage.writer.append({ recordedAt: T0, streams: [], erasures: ["a"] }),
    ]);
    expect(appended.map((each) => each.isOk())).toEqual([true, true]);
    expect(await valueOf(storage.responses.ofDeliveries(["d"]))).toEqual([]);
  });

  it("list answers all messages by id, page by page, with their tenants and when they were erased", async () => {
    const { storage } = await open();
    const messages = ["c", "a", "b", "e", "d"].map((id) => message(id, { tenantId: `of ${id}` }));
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages }));
    await valueOf(storage.writer.append({ recordedAt: T0 + 7, streams: [], erasures: ["c"] }));
    const all = ["a", "b", "c", "d", "e"].map((messageId) => ({
      messageId,
      tenantId: `of ${messageId}`,
      erasedAt: messageId === "c" ? T0 + 7 : null,
    }));
    expect(await valueOf(storage.messages.list("", 10))).toEqual(all);
    expect(await valueOf(storage.messages.list("", 2))).toEqual(all.slice(0, 2));
    expect(await valueOf(storage.messages.list("b", 2))).toEqual(all.slice(2, 4));
    expect(await valueOf(storage.messages.list("e", 2))).toEqual([]);
  });
}
