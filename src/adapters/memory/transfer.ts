import type { Transfer } from "../../ports/transfer.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";
import { writeMessages, writeResponses, writeSecrets } from "./write-values.ts";

export function createTransfer(state: State, door: Door): Transfer {
  const { messages, secrets, responses, checkpoints } = state;
  return {
    messages: (after, limit) =>
      door.enter(() => pageOf([...messages.values()], ({ messageId }) => [messageId], [after], limit)),
    secrets: (after, limit) =>
      door.enter(() => pageOf([...secrets.values()].flat(), ({ secretId }) => [secretId], [after], limit)),
    responses: (after, limit) =>
      door.enter(() =>
        pageOf(
          [...responses.values()].flat(),
          ({ deliveryId, attempt }) => [deliveryId, attempt],
          [after.deliveryId, after.attempt],
          limit,
        ),
      ),
    checkpoints: () => door.enter(() => [...checkpoints].map(([name, { position }]) => ({ name, position }))),
    restore: (restoration) =>
      door.enter(() => {
        const there = new Set(state.events.map(({ position }) => position));
        for (const event of restoration.events ?? []) {
          if (there.has(event.position)) continue;
          const copy = deepFreeze({ ...event });
          const stream = state.streams.get(event.streamId) ?? [];
          state.streams.set(event.streamId, stream);
          stream.push(copy);
          state.events.push(copy);
          state.lastPosition = Math.max(state.lastPosition, event.position);
        }
        state.events.sort((left, right) => left.position - right.position);
        writeMessages(
          state,
          (restoration.messages ?? []).filter(({ messageId }) => !messages.has(messageId)),
        );
        const known = new Set([...secrets.values()].flat().map(({ secretId }) => secretId));
        const added = (restoration.secrets ?? []).filter(({ secretId }) => !known.has(secretId));
        writeSecrets(
          state,
          added.map((secret) => ({ op: "put", secret })),
        );
        const isNew = ({ deliveryId, attempt }: { readonly deliveryId: string; readonly attempt: number }) =>
          !(responses.get(deliveryId) ?? []).some((one) => one.attempt === attempt);
        writeResponses(state, (restoration.responses ?? []).filter(isNew));
        for (const { name, position } of restoration.checkpoints ?? []) {
          const present = checkpoints.get(name) ?? { position, lead: null };
          checkpoints.set(name, { ...present, position: Math.max(present.position, position) });
        }
        state.lastPosition = Math.max(state.lastPosition, restoration.lastPosition ?? 0);
      }),
  };
}

type Key = readonly (string | number)[];

/** By key, after one. */
function pageOf<Row>(rows: readonly Row[], keyOf: (row: Row) => Key, after: Key, limit: number): readonly Row[] {
  return [...rows]
    .sort((left, right) => compare(keyOf(left), keyOf(right)))
    .filter((row) => compare(keyOf(row), after) > 0)
    .slice(0, limit);
}

function compare(left: Key, right: Key): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? value;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
