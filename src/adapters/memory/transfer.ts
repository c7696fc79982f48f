import { ok, type Result } from "neverthrow";
import { byCodePoint } from "../../domain/by-code-point.ts";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import { idempotencySlot, type StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Restoration, Transfer } from "../../ports/transfer.ts";
import { refused } from "./check-commit.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { Door } from "./door.ts";
import { pageById } from "./page-by-id.ts";
import type { State } from "./state.ts";
import { writeMessages, writeResponses, writeSecrets } from "./write-values.ts";

export function createTransfer(state: State, door: Door): Transfer {
  const { messages, secrets, responses, checkpoints } = state;
  return {
    messages: (after, limit) =>
      door.enterInTurn(() => pageById(messages.values(), ({ messageId }) => messageId, after, limit)),
    secrets: (after, limit) =>
      door.enterInTurn(() => pageById([...secrets.values()].flat(), ({ secretId }) => secretId, after, limit)),
    responses: (after, limit) =>
      door.enterInTurn(() =>
        [...responses.values()]
          .flat()
          .filter((response) => byAttempt(response, after) > 0)
          .sort(byAttempt)
          .slice(0, limit),
      ),
    checkpoints: () => door.enter(() => [...checkpoints].map(([name, { position }]) => ({ name, position }))),
    restore: (restoration) => door.enter(() => restore(state, restoration)).andThen((restored) => restored),
  };
}

/** Whatever cannot be restored is found before the first write. */
function restore(state: State, restoration: Restoration): Result<void, StorageError> {
  const { messages, secrets, responses, checkpoints } = state;
  const there = new Set(state.events.map(({ position }) => position));
  const events = firstOfEach(restoration.events, ({ position }) => position, there);
  const added = firstOfEach(restoration.messages, ({ messageId }) => messageId, new Set(messages.keys()));
  const known = new Set([...secrets.values()].flat().map(({ secretId }) => secretId));
  const answered = new Set([...responses.values()].flat().map(responseKey));
  return checkVersions(state, events)
    .andThen(() => checkKeys(state, added))
    .map(() => {
      for (const event of events) {
        const copy = deepFreeze({ ...event });
        const stream = state.streams.get(event.streamId) ?? [];
        state.streams.set(event.streamId, stream);
        stream.push(copy);
        state.events.push(copy);
        state.lastPosition = Math.max(state.lastPosition, event.position);
      }
      state.events.sort((left, right) => left.position - right.position);
      writeMessages(state, added);
      const put = firstOfEach(restoration.secrets, ({ secretId }) => secretId, known);
      writeSecrets(
        state,
        put.map((secret) => ({ op: "put", secret })),
      );
      writeResponses(state, firstOfEach(restoration.responses, responseKey, answered));
      for (const { name, position } of restoration.checkpoints ?? []) {
        const present = checkpoints.get(name) ?? { position, lead: null };
        checkpoints.set(name, { ...present, position: Math.max(present.position, position) });
      }
      state.lastPosition = Math.max(state.lastPosition, restoration.lastPosition ?? 0);
    });
}

function responseKey({ deliveryId, attempt }: StoredResponse): string {
  return JSON.stringify([deliveryId, attempt]);
}

/** Returns the rows that are not there yet, each once. */
function firstOfEach<Row, Key>(
  rows: readonly Row[] | undefined,
  keyOf: (row: Row) => Key,
  there: ReadonlySet<Key>,
): readonly Row[] {
  const taken = new Set(there);
  return (rows ?? []).filter((row) => {
    const key = keyOf(row);
    if (taken.has(key)) return false;
    taken.add(key);
    return true;
  });
}

/** Checks that each version of a stream stands at one position only. */
function checkVersions({ events }: State, added: readonly RecordedEvent[]): Result<void, StorageError> {
  const slotOf = ({ streamId, version }: RecordedEvent) => JSON.stringify([streamId, version]);
  const taken = new Set(events.map(slotOf));
  for (const event of added) {
    const slot = slotOf(event);
    if (taken.has(slot)) return refused(`the stream ${event.streamId} has a version ${event.version} already`);
    taken.add(slot);
  }
  return ok();
}

function checkKeys({ idempotencyKeys }: State, added: readonly StoredMessage[]): Result<void, StorageError> {
  const taken = new Set(idempotencyKeys.keys());
  for (const { messageId, tenantId, idempotencyKey } of added) {
    if (idempotencyKey === null) continue;
    const slot = idempotencySlot(tenantId, idempotencyKey);
    if (taken.has(slot)) return refused(`another message has the idempotency key of the message ${messageId}`);
    taken.add(slot);
  }
  return ok();
}

type Attempted = Pick<StoredResponse, "deliveryId" | "attempt">;

function byAttempt(one: Attempted, other: Attempted): number {
  return byCodePoint(one.deliveryId, other.deliveryId) || one.attempt - other.attempt;
}
