import type { SeenClaim, SeenRelease } from "./queue-calls.ts";

export interface SeenLease {
  readonly owner: string;
  /** The process that claimed it. */
  readonly process: string;
  readonly until: number;
}

/** Who has leased what, as claims, releases and appends show it. */
export interface Leases {
  /** Returns a complaint for each delivery that was given out while another lease on it was in force. */
  claim(process: string, claim: SeenClaim): readonly string[];
  release(release: SeenRelease): void;
  /** Ends the delivery's lease, as an append to its stream does. */
  end(deliveryId: string): void;
  /** The last lease that was neither released nor ended; its time may be over. */
  of(deliveryId: string): SeenLease | null;
  /** The last lease that this process was given and may still believe to hold. */
  lastGivenTo(process: string, deliveryId: string): SeenLease | null;
}

export function createLeases(): Leases {
  const held = new Map<string, SeenLease>();
  const given = new Map<string, SeenLease>();

  return {
    claim(process, { owner, now, leaseUntil, deliveryIds }) {
      const wrong: string[] = [];
      for (const deliveryId of deliveryIds) {
        const holder = held.get(deliveryId);
        if (holder !== undefined && holder.until > now)
          wrong.push(`${process} was given ${deliveryId} while ${holder.process} had leased it`);
        const lease = { owner, process, until: leaseUntil };
        held.set(deliveryId, lease);
        given.set(`${process} ${deliveryId}`, lease);
      }
      return wrong;
    },
    release({ owner, deliveryIds }) {
      for (const deliveryId of deliveryIds) if (held.get(deliveryId)?.owner === owner) held.delete(deliveryId);
    },
    end(deliveryId) {
      held.delete(deliveryId);
    },
    of: (deliveryId) => held.get(deliveryId) ?? null,
    lastGivenTo: (process, deliveryId) => given.get(`${process} ${deliveryId}`) ?? null,
  };
}
