import { okAsync, ResultAsync } from "neverthrow";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { wrapStorage } from "./wrap-storage.ts";

/** What is done before one of the reads that are to come, once; what it reads itself does not count. */
export interface Interruption {
  readsBefore: number;
  act: (() => Promise<unknown>) | null;
}

/** The same storage, in which somebody comes in between what a use case looks at, in whatever order it does. */
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
