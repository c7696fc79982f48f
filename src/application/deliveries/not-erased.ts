import { err, ok, type Result } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import type { StreamAppend } from "../../ports/ledger-writer.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";

export interface LookedFor {
  readonly erased: ReadonlySet<string>;
  /**
   * The streams of the others, without events, for the commit of what rests on this: it is refused if one is erased before. Not those
   * whose events are damaged, which nobody can erase.
   */
  readonly restsOn: readonly StreamAppend[];
}

/** Which of the messages are erased. One that is gone is not: what is to be sent of it ends as missing. */
export async function lookForErased(
  { storage }: Pick<Dependencies, "storage">,
  messageIds: Iterable<string>,
): Promise<Result<LookedFor, StorageError>> {
  const erased = new Set<string>();
  const restsOn: StreamAppend[] = [];
  for (const messageId of new Set(messageIds)) {
    const stream = streamId("message", messageId);
    // Before the message is looked at: an erasure in between is one since this version.
    const history = await storage.reader.readStream(stream);
    if (history.isErr() && history.error.type === "StorageError") return err(history.error);
    const message = await storage.messages.get(messageId);
    if (message.isErr()) return err(message.error);
    if (message.value !== null && message.value.erasedAt !== null) erased.add(messageId);
    else if (history.isOk())
      restsOn.push({ streamId: stream, expectedVersion: history.value.at(-1)?.version ?? 0, events: [] });
  }
  return ok({ erased, restsOn });
}
