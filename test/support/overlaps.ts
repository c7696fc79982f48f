import { setImmediate } from "node:timers/promises";

/** What a receiver saw of each delivery: whether it was accepted, and whether two were ever at it at the same time. */
export interface LedgerOfRequests {
  /** A request for a delivery, which takes some turns of the event loop to answer. */
  during(delivery: string, isAccepted: boolean): Promise<void>;
  accepted(): ReadonlySet<string>;
  /** The deliveries for which a request came while another was under way. */
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
