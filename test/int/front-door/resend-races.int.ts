import { okAsync, ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { Storage, StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, failure, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const message = { event: "memory.updated", payload: { n: 1 } } as const;
const webhook = { webhookId: "w", url: "http://127.0.0.1:9/hooks", events: [message.event] } as const;

/** What is done before one of the reads that are to come, once; what it reads itself does not count. */
interface Interruption {
  readsBefore: number;
  act: (() => Promise<unknown>) | null;
}

/** Everything that is looked at before a message is resent, in whatever order. */
function interrupted(adapter: StorageAdapter, interruption: Interruption): StorageAdapter {
  const mayAct = async (): Promise<void> => {
    const { act } = interruption;
    if (act === null) return;
    interruption.readsBefore -= 1;
    if (interruption.readsBefore >= 0) return;
    interruption.act = null;
    await act();
  };
  const turn = () => okAsync().andThen(() => ResultAsync.fromSafePromise(mayAct()));
  return wrapStorage(adapter, ({ webhooks, messages, reader, deliveries }): Partial<Storage> => ({
    webhooks: {
      ...webhooks,
      revision: () => turn().andThen(() => webhooks.revision()),
      get: (webhookId) => turn().andThen(() => webhooks.get(webhookId)),
    },
    messages: { ...messages, get: (messageId) => turn().andThen(() => messages.get(messageId)) },
    reader: { ...reader, readStream: (streamId) => turn().andThen(() => reader.readStream(streamId)) },
    deliveries: { ...deliveries, list: (filter) => turn().andThen(() => deliveries.list(filter)) },
  }));
}

const spoilt: Readonly<Record<string, (hooks: MemoryHooks, messageId: string) => Promise<unknown>>> = {
  PayloadErased: (hooks, messageId) => value(hooks.messages.erase({ messageId })),
  WebhookInactive: (hooks) => value(hooks.webhooks.update("w", { active: false })),
  WebhookNotFound: (hooks) => value(hooks.webhooks.delete("w")),
  MessageNotFound: (hooks) => value(hooks.ledger.prune({ finishedBefore: new Date(Date.now() + 3_600_000) })),
};
/** So many reads are there before it is decided. */
const READS = 5;
const cases = Object.entries(spoilt).flatMap(([type, act]) =>
  Array.from({ length: READS }, (_, readsBefore) => ({ type, act, readsBefore })),
);

describe.each(everyStorage)("resending, on $name", ({ create }) => {
  it.each(cases)(
    "is refused as $type for what happens after $readsBefore reads",
    async ({ type, act, readsBefore }) => {
      const interruption: Interruption = { readsBefore, act: null };
      const http = scriptedHttpClient();
      const hooks = await openHooks({ storage: interrupted(create(), interruption), http });
      await value(hooks.webhooks.register(webhook));
      const { messageId } = await value(hooks.publish(message));
      await value(hooks.worker().runUntilIdle());
      interruption.act = () => act(hooks, messageId);
      expect(await failure(hooks.messages.resend({ messageId, webhookId: "w" }))).toMatchObject({ type });
      expect(interruption.act).toBeNull();
      expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toEqual([]);
      expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    },
  );
});
