import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import { commit, everything, message, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import type { Commit } from "../../../ports/commit.ts";
import type { StoredMessage } from "../../../ports/message-store.ts";

function publishing(stored: StoredMessage): Commit {
  const { messageId, tenantId, event } = stored;
  const published: DomainEvent = {
    type: "MessagePublished",
    data: { messageId, tenantId, event, matched: [], skipped: [] },
  };
  return commit(`message-${messageId}`, "no-stream", [published], { messages: [stored] });
}

export function registerMessageCases({ open }: Harnesses): void {
  it("a message is read back as it was written, by its id and by its key", async () => {
    const { storage } = await open();
    const stored = message("m", { tenantId: "t", idempotencyKey: "clé ☃ 'a'", createdAt: T0 + 1 });
    await valueOf(storage.writer.append(publishing(stored)));
    expect(await valueOf(storage.messages.get("m"))).toEqual(stored);
    expect(await valueOf(storage.messages.findByIdempotencyKey("t", "clé ☃ 'a'"))).toEqual(stored);
  });

  it("a message that was never written is null", async () => {
    const { storage } = await open();
    await valueOf(storage.writer.append(publishing(message("m"))));
    expect(await valueOf(storage.messages.get("other"))).toBeNull();
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key"))).toBeNull();
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "null"))).toBeNull();
  });

  it.each(["", "t"])(
    "a second message under a key of tenant %j is IdempotencyKeyTaken with the first's id, and nothing is written",
    async (tenantId) => {
      const { storage } = await open();
      const keyed = { tenantId, idempotencyKey: "key" };
      await valueOf(storage.writer.append(publishing(message("first", keyed))));
      const before = await everything(storage);
      const error = await errorOf(storage.writer.append(publishing(message("second", keyed))));
      expect(error).toMatchObject({ type: "IdempotencyKeyTaken", messageId: "first" });
      expect(await everything(storage)).toEqual(before);
      expect(await valueOf(storage.messages.get("second"))).toBeNull();
      const kept = await valueOf(storage.messages.findByIdempotencyKey(tenantId, "key"));
      expect(kept).toMatchObject({ messageId: "first" });
    },
  );

  it("two messages of one commit under one key are IdempotencyKeyTaken too, and nothing is written", async () => {
    const { storage } = await open();
    const messages = ["first", "second"].map((messageId) => message(messageId, { idempotencyKey: "key" }));
    const error = await errorOf(storage.writer.append(commit("message-first", "any", [], { messages })));
    expect(error).toMatchObject({ type: "IdempotencyKeyTaken", messageId: "first" });
    expect(await valueOf(storage.messages.get("first"))).toBeNull();
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key"))).toBeNull();
  });

  it("tenants do not share keys, and messages without a key do not collide", async () => {
    const { storage } = await open();
    const all = [
      message("a", { tenantId: "t", idempotencyKey: "key" }),
      message("b", { tenantId: "u", idempotencyKey: "key" }),
      message("c", { tenantId: "", idempotencyKey: "key" }),
      message("d"),
      message("e"),
    ];
    for (const each of all) await valueOf(storage.writer.append(publishing(each)));
    expect(await valueOf(storage.messages.findByIdempotencyKey("t", "key"))).toMatchObject({ messageId: "a" });
    expect(await valueOf(storage.messages.findByIdempotencyKey("u", "key"))).toMatchObject({ messageId: "b" });
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key"))).toMatchObject({ messageId: "c" });
  });

  it("if many publish under one key at once, over two storages, exactly one wins, and the others learn its id", async () => {
    const { storage, another } = await open();
    const other = await another();
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, racer) => {
        const messageId = `m-${racer}`;
        const { writer } = racer % 2 === 0 ? storage : other;
        return writer.append(publishing(message(messageId, { idempotencyKey: "key" }))).map(() => messageId);
      }),
    );
    const [winner, ...others] = results.flatMap((result) => (result.isOk() ? [result.value] : []));
    const losers = results.flatMap((result) => (result.isErr() ? [result.error] : []));
    expect(winner).toBeDefined();
    expect(others).toEqual([]);
    for (const loser of losers) expect(loser).toMatchObject({ type: "IdempotencyKeyTaken", messageId: winner });
    expect((await everything(other)).events).toMatchObject([{ streamId: `message-${winner}` }]);
  });
}
