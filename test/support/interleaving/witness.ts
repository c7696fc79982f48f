import type { Publication, RecordedEvent } from "../../../src/index.ts";
import type { HttpRequest } from "../../../src/ports/http-client.ts";
import type { Outcome, PortCall } from "../around-calls.ts";
import { createLeases } from "./leases.ts";
import { claimIn, releaseIn } from "./queue-calls.ts";

/** Rules that are checked only if they are set to true. */
export interface Rules {
  /** A failure that comes after its lease was lost is not recorded while whoever took over holds the lease. */
  readonly lateFailuresEndNoLease: boolean;
  /** A worker that is held up between claim and attempt until its lease is over does not begin the attempt. */
  readonly attemptsBeginInTheirLease: boolean;
}

export interface Sources {
  readonly now: () => number;
  readonly eventsAfter: (position: number) => Promise<readonly RecordedEvent[]>;
}

/** Watches what the processes do to the storage and the receiver, and lists what should not have happened. */
export interface Witness {
  /** Makes one call at a time, so that the effect of each is known. */
  make(process: string, call: PortCall): Promise<Outcome>;
  attemptBegins(process: string, request: HttpRequest): void;
  acknowledged(publication: Publication): void;
  /** Of all deliveries that were ever scheduled. */
  readonly deliveryIds: readonly string[];
  /** Of the deliveries that were redelivered while they waited for a retry. */
  readonly hurried: readonly string[];
  readonly violations: readonly string[];
}

const ends: ReadonlySet<string> = new Set(["DeliverySucceeded", "DeliveryExhausted", "DeliveryCancelled"]);

export function createWitness(rules: Rules, { now, eventsAfter }: Sources): Witness {
  const leases = createLeases();
  const violations: string[] = [];
  /** Delivery ids by message and webhook. */
  const scheduled = new Map<string, string>();
  const deliveryIds: string[] = [];
  const succeeded = new Set<string>();
  const ended = new Set<string>();
  const hurried: string[] = [];
  let position = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function holds(isSo: boolean, otherwise: string): void {
    if (!isSo) violations.push(otherwise);
  }

  function see(process: string, event: RecordedEvent): void {
    position = event.position;
    const deliveryId = event.streamId.replace(/^delivery-/, "");
    if (event.type === "DeliveryScheduled") {
      deliveryIds.push(deliveryId);
      scheduled.set(`${event.data.messageId} ${event.data.webhookId}`, deliveryId);
    }
    if (event.type === "DeliverySucceeded") {
      holds(!succeeded.has(deliveryId), `${deliveryId} succeeded twice`);
      succeeded.add(deliveryId);
    }
    if (event.type === "DeliveryAttemptFailed" && rules.lateFailuresEndNoLease) {
      const lease = leases.of(deliveryId);
      const isOthers = lease !== null && lease.process !== process && lease.until > now();
      holds(!isOthers, `${process} recorded a failure of ${deliveryId}, which the other had leased`);
    }
    if (event.type === "RedeliveryRequested") {
      const lease = leases.of(deliveryId);
      const isHeld = lease !== null && lease.until > now();
      holds(!isHeld, `${process} redelivered ${deliveryId}, which ${lease?.process} had leased`);
      if (!ended.has(deliveryId)) hurried.push(deliveryId);
      ended.delete(deliveryId);
    }
    if (ends.has(event.type)) ended.add(deliveryId);
    leases.end(deliveryId);
  }

  function note(process: string, call: PortCall, outcome: Outcome): void {
    const release = releaseIn(call, outcome);
    if (release !== null) leases.release(release);
    const claim = claimIn(call, outcome);
    if (claim === null) return;
    violations.push(...leases.claim(process, claim));
    for (const deliveryId of claim.deliveryIds)
      holds(!succeeded.has(deliveryId), `${process} was given ${deliveryId}, which is delivered`);
  }

  async function makeAlone(process: string, call: PortCall): Promise<Outcome> {
    const outcome = await call.make();
    for (const event of await eventsAfter(position)) see(process, event);
    note(process, call, outcome);
    return outcome;
  }

  return {
    deliveryIds,
    hurried,
    violations,
    make(process, call) {
      const made = turn.then(() => makeAlone(process, call));
      turn = made;
      return made;
    },
    attemptBegins(process, { url, headers }) {
      const [, webhookId = ""] = new URL(url).pathname.split("/");
      const deliveryId = scheduled.get(`${headers["webhook-id"] ?? ""} ${webhookId}`) ?? "unknown";
      const lease = leases.lastGivenTo(process, deliveryId);
      if (lease === null) return holds(false, `${process} began an attempt of ${deliveryId} without a lease`);
      const isLate = rules.attemptsBeginInTheirLease && lease.until <= now();
      const when = succeeded.has(deliveryId) ? ", and the delivery" : "";
      holds(!isLate, `${process} began an attempt of ${deliveryId} when its lease${when} was over`);
    },
    acknowledged({ messageId, deliveries }) {
      for (const { webhookId, deliveryId } of deliveries) {
        const isThere = scheduled.get(`${messageId} ${webhookId}`) === deliveryId;
        holds(isThere, `${deliveryId} was acknowledged before it was in the ledger`);
      }
    },
  };
}
