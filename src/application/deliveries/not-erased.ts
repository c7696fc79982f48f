import type { Result } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";

export interface LookedFor {
  readonly erased: ReadonlySet<string>;
  /** The streams of the others, without events, for the commit of what rests on this: it is refused if one is erased before. */
  readonly restsOn: readonly StreamAppend[];
}

/** Which of the messages are erased. One that is gone is not: what is to be sent of it ends as missing. */
export async function lookForErased(
  { storage }: Pick<Dependencies, "storage">,
  messageIds: Iterable<string>,
): Promise<Result<LookedFor, StorageError>> {
  return (await storage.messages.standings([...new Set(messageIds)])).map((standings) => ({
    erased: new Set(standings.filter(({ isErased }) => isErased).map(({ messageId }) => messageId)),
    restsOn: standings
      .filter(({ isErased }) => !isErased)
      .map(({ messageId, version }) => ({
        streamId: streamId("message", messageId),
        expectedVersion: version,
        events: [],
      })),
  }));
}
