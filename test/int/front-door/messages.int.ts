import { describe, expect, it } from "vitest";
import type { MessageListing } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";

const event = "memory.updated";

describe.each(everyStorage)("looking at a message on $name", ({ create }) => {
  it("gives what was published, in the bytes that are sent, and shows the payload in no log", async () => {
    const hooks = await openHooks({ storage: create() });
    const payload = { text: "žluťoučký 🐎", n: 1.5 };
    const about = { tenantId: "t", subject: "user-7", idempotencyKey: "order-17" };
    const { messageId } = await value(hooks.publish({ event, payload, ...about }));
    const message = await value(hooks.messages.get(messageId));
    expect(message).toMatchObject({ messageId, event, ...about, erasedAt: null });
    expect(JSON.parse(message?.body ?? "")).toEqual(payload);
    expect(JSON.stringify(message)).not.toContain("uni");
    expect(Object.keys(message ?? {})).not.toContain("body");
  });

  it("gives null for one that never was, and says if one was erased", async () => {
    const hooks = await openHooks({ storage: create(), clock: createFakeClock() });
    const { messageId } = await value(hooks.publish({ event, payload: { a: 1 }, subject: "user-7" }));
    await value(hooks.messages.erase({ messageId }));
    const message = await value(hooks.messages.get(messageId));
    expect(message).toMatchObject({ body: null, subject: null, erasedAt: message?.publishedAt });
    expect(await value(hooks.messages.get("another"))).toBeNull();
  });

  it("refuses what is no id", async () => {
    const hooks = await openHooks({ storage: create() });
    // @ts-expect-error: JavaScript may pass anything.
    const refused = await hooks.messages.get(7);
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: "InvalidInput", field: "messageId" });
  });

  it("lists those about a subject, without their payloads, page by page, in either direction", async () => {
    const hooks = await openHooks({ storage: create() });
    const publish = (subject: string, tenantId = "") => value(hooks.publish({ event, payload: {}, subject, tenantId }));
    const about = [await publish("order-7"), await publish("order-7"), await publish("order-7")];
    for (const [subject, tenantId] of [["order-8"], ["order-7", "t"]] as const) await publish(subject, tenantId);
    const ids = about.map(({ messageId }) => messageId);
    const walk = async (listing: Omit<MessageListing, "subject">): Promise<readonly string[]> => {
      const { items, next } = await value(hooks.messages.list({ subject: "order-7", ...listing }));
      const found = items.map(({ messageId }) => messageId);
      return next === undefined ? found : [...found, ...(await walk({ ...listing, after: next }))];
    };
    for (const limit of [1, 2, 3, 100]) {
      expect(await walk({ limit })).toEqual(ids);
      expect(await walk({ limit, newestFirst: true })).toEqual(ids.toReversed());
    }
    expect(await walk({ tenantId: "t" })).toHaveLength(1);
    const [erased = "", whole = ""] = ids;
    await value(hooks.messages.erase({ messageId: erased }));
    const { items } = await value(hooks.messages.list({ subject: "order-7", limit: 1 }));
    const { body, ...summary } = (await value(hooks.messages.get(whole))) ?? {};
    expect([items, body]).toEqual([[summary], "{}"]);
  });
});
