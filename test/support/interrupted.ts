import { okAsync, ResultAsync } from "neverthrow";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { wrapStorage } from "./wrap-storage.ts";

/** `act` runs once, after `readsBefore` more reads and before the next one. Its own reads do not count. */
export interface Interruption {
  readsBefore: number;
  act: (() => Promise<unknown>) | null;
}

/** The same storage, but the interruption comes between two of the reads that a use case makes, in any order. */
export function interrupted(adapter: StorageAdapter, interruption: Interruption): StorageAdapter {
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
