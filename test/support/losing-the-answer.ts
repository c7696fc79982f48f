import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { DomainEvent } from "../../src/domain/ledger/index.ts";
import type { Commit } from "../../src/ports/commit.ts";
import type { AppendError } from "../../src/ports/ledger-writer.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { wrapStorage } from "./wrap-storage.ts";

export type Was = "recorded" | "not recorded" | "recorded by another" | "recorded, and then locked";

/**
 * The answer to its first outcome is lost, which was recorded or not as `was` says. Recorded by another, it took a
 * millisecond longer. `meanwhile` happens before the loss is noticed.
 */
export function losingTheAnswer(
  adapter: StorageAdapter,
  was: Was,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): StorageAdapter {
  let times = 0;
  return wrapStorage(adapter, ({ writer }) => ({
    writer: {
      append(commit) {
        const isOutcome = commit.streams.some(
          ({ streamId, expectedVersion: v }) => streamId.startsWith("delivery-") && typeof v === "number",
        );
        if (isOutcome) times += 1;
        if (isOutcome && times === 2 && was === "recorded, and then locked")
          return errAsync(storageError("locked", "another process holds the lock"));
        if (!isOutcome || times > 1) return writer.append(commit);
        const first = was === "recorded by another" ? byAnother(commit) : commit;
        const appended: ResultAsync<unknown, AppendError> =
          was === "not recorded" ? okAsync(undefined) : writer.append(first);
        return appended
          .map(meanwhile)
          .andThen(() => errAsync(storageError("in-doubt", "the connection was lost during a commit")));
      },
    },
  }));
}

function byAnother(commit: Commit): Commit {
  return { ...commit, streams: commit.streams.map((one) => ({ ...one, events: one.events.map(tookLonger) })) };
}

function tookLonger(event: DomainEvent): DomainEvent {
  if (event.type === "DeliverySucceeded")
    return { ...event, data: { ...event.data, durationMs: event.data.durationMs + 1 } };
  if (event.type === "DeliveryAttemptFailed")
    return { ...event, data: { ...event.data, durationMs: event.data.durationMs + 1 } };
  return event;
}
