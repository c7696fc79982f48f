import type { Result } from "neverthrow";
import { isWebhookEvent, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { Commit } from "../../ports/commit.ts";
import type { AppendedStream, AppendError, LedgerWriter } from "../../ports/ledger-writer.ts";
import { checkCommit } from "./check-commit.ts";
import type { Door } from "./door.ts";
import { project } from "./project.ts";
import { recordEvents } from "./record-events.ts";
import type { State } from "./state.ts";
import {
  followPause,
  writeErasures,
  writeHealth,
  writeMessages,
  writeResponses,
  writeSecrets,
} from "./write-values.ts";

/**
 * Everything that can refuse a commit comes before the first write, and nothing after that waits, so the commit is all
 * or nothing.
 */
export function createLedgerWriter(state: State, door: Door): LedgerWriter {
  return { append: (commit) => door.enter(() => append(state, commit)).andThen((appended) => appended) };
}

function append(state: State, commit: Commit): Result<readonly AppendedStream[], AppendError> {
  return checkCommit(state, commit)
    .andThen(() => recordEvents(state, commit))
    .map((streams) => {
      for (const { streamId, events } of streams) if (events.length > 0) appendTo(state, streamId, events);
      writeMessages(state, commit.messages ?? []);
      writeSecrets(state, commit.secrets ?? []);
      writeResponses(state, commit.responses ?? []);
      writeHealth(state, commit.health ?? []);
      writeErasures(state, commit.erasures ?? [], commit.recordedAt);
      if (commit.secrets?.some(({ op }) => op !== "replace")) state.revision += 1;
      return streams.map(({ streamId, version }) => ({ streamId, version }));
    });
}

function appendTo(state: State, streamId: string, added: readonly RecordedEvent[]): void {
  const stream = state.streams.get(streamId) ?? [];
  stream.push(...added);
  state.streams.set(streamId, stream);
  state.events.push(...added);
  state.lastPosition = added.at(-1)?.position ?? state.lastPosition;
  project(state.projected, stream);
  if (added.some(isWebhookEvent)) state.revision += 1;
  for (const { type, data } of stream) {
    if (type === "WebhookRegistered") followPause(state, data.webhookId);
    if (type === "DeliveryScheduled") state.leases.delete(data.deliveryId);
  }
}
