import type { LedgerReader } from "../../ports/ledger-reader.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createLedgerReader({ events, streams }: State, door: Door): LedgerReader {
  return {
    readStream: (streamId) => door.enter(() => [...(streams.get(streamId) ?? [])]),
    // Positions have no gaps here, so the event at position n is the one at index n - 1.
    readAll: ({ after = 0, limit }) => door.enter(() => events.slice(after, after + limit)),
  };
}
