import type { Result } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";

export interface LookedFor {
  readonly erased: ReadonlySet<string>;
  /**
   * The streams of the other messages, without events. A commit that depends on this names them, and is refused if one
   * is erased before it.
   */
  readonly restsOn: readonly StreamAppend[];
}

/**
 * Looks up which of the messages are erased. A message that is gone does not count as erased: its deliveries end as
 * `message-missing`.
 */
export async function lookForErased(
  { storage }: Pick<Dependencies, "storage">,
  messageIds: readonly string[],
): Promise<Result<LookedFor, StorageError>> {
  return (await storage.messages.standings(messageIds)).map((standings) => ({
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
