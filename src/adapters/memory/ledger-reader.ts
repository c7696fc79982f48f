import type { RecordedEvent } from "../../domain/ledger/index.ts";
import type { LedgerReader } from "../../ports/ledger-reader.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createLedgerReader(state: State, door: Door): LedgerReader {
  const { events, streams } = state;
  const stream = (streamId: string) => streams.get(streamId) ?? [];
  return {
    settledPosition: () => door.enter(() => state.lastPosition),
    readStream: (streamId) => door.enter(() => [...stream(streamId)]),
    readStreams: (streamIds) => door.enter(() => [...new Set(streamIds)].flatMap(stream)),
    readAll: ({ after = 0, limit }) =>
      door.enterInTurn(() => {
        const index = indexAfter(events, after);
        return events.slice(index, index + limit);
      }),
  };
}

/** Positions grow, with gaps where something was pruned. */
function indexAfter(events: readonly RecordedEvent[], position: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.position ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
