import { setImmediate } from "node:timers/promises";

/** What a receiver saw of each delivery: whether it was accepted, and whether two requests for it ever overlapped. */
export interface LedgerOfRequests {
  /** Handles a request for a delivery, which takes some turns of the event loop. */
  during(delivery: string, isAccepted: boolean): Promise<void>;
  accepted(): ReadonlySet<string>;
  /** The deliveries for which a request came while another one was under way. */
  overlaps(): readonly string[];
}

export function createLedgerOfRequests(): LedgerOfRequests {
  const accepted = new Set<string>();
  const underWay = new Set<string>();
  const overlaps: string[] = [];
  return {
    async during(delivery, isAccepted) {
      if (underWay.has(delivery)) overlaps.push(delivery);
      underWay.add(delivery);
      for (let turns = 0; turns < 3; turns += 1) await setImmediate();
      underWay.delete(delivery);
      if (isAccepted) accepted.add(delivery);
    },
    accepted: () => accepted,
    overlaps: () => overlaps,
  };
}
