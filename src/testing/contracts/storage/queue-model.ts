import { burstOf, nextWithinLimit } from "../../../domain/delivery/index.ts";
import type { EpochMs } from "../../../domain/instant.ts";
import type { Claim, QueueBacklog } from "../../../ports/delivery-queue.ts";
import { countByWebhook } from "./claims.ts";

interface Entry {
  readonly webhookId: string;
  dueAt: EpochMs | null;
  leaseEndsAt: EpochMs | null;
  owner: string | null;
}

interface Lease {
  readonly owner: string;
  readonly deliveryId: string;
}

/** A delivery as a claim hands it out. */
interface Handed {
  readonly deliveryId: string;
  readonly webhookId: string;
}

/** A model of what a queue promises, without its turns: what may be claimed when, and how many to a webhook at once. */
export interface QueueModel {
  schedule(deliveryId: string, webhookId: string, dueAt: EpochMs): void;
  /** Sets when the delivery is due next; null if it is settled. Ends its lease, as an append does. */
  settle(deliveryId: string, dueAt: EpochMs | null): void;
  pause(webhookId: string, until: EpochMs): void;
  limit(webhookId: string, rateLimitPerSecond: number | null): void;
  release(owner: string, deliveryId: string): void;
  renew(owner: string, deliveryId: string, until: EpochMs): void;
  /** Takes note of what a claim was answered. Returns each promise that the answer breaks. */
  claim(claim: Claim, handed: readonly Handed[]): readonly string[];
  /** Returns the earliest time at which something can be claimed. */
  nextDueAt(): EpochMs | null;
  backlog(now: EpochMs, webhookIds?: readonly string[]): QueueBacklog;
  /** Returns the ids of the pending deliveries, leased or not, in order. */
  pending(): readonly string[];
  /** Who has leased what, in the order of the ids; of some the time is over. */
  leased(): readonly Lease[];
}

export function createQueueModel(): QueueModel {
  const entries = new Map<string, Entry>();
  const pauses = new Map<string, EpochMs>();
  const rateLimits = new Map<string, number | null>();

  function availableAt({ webhookId, dueAt, leaseEndsAt }: Entry): EpochMs {
    return Math.max(dueAt ?? Infinity, leaseEndsAt ?? -Infinity, pauses.get(webhookId) ?? -Infinity);
  }

  function change(deliveryId: string, changed: Partial<Omit<Entry, "webhookId">>): void {
    const entry = entries.get(deliveryId);
    if (entry !== undefined) Object.assign(entry, changed);
  }

  function pause(webhookId: string, until: EpochMs): void {
    pauses.set(webhookId, Math.max(until, pauses.get(webhookId) ?? until));
  }

  const isHeldBy = (owner: string, deliveryId: string) => entries.get(deliveryId)?.owner === owner;

  return {
    schedule: (deliveryId, webhookId, dueAt) =>
      void entries.set(deliveryId, { webhookId, dueAt, leaseEndsAt: null, owner: null }),
    settle: (deliveryId, dueAt) => change(deliveryId, { dueAt, leaseEndsAt: null, owner: null }),
    pause,
    limit: (webhookId, rateLimitPerSecond) => void rateLimits.set(webhookId, rateLimitPerSecond),
    release(owner, deliveryId) {
      if (isHeldBy(owner, deliveryId)) change(deliveryId, { leaseEndsAt: null, owner: null });
    },
    renew(owner, deliveryId, until) {
      if (isHeldBy(owner, deliveryId)) change(deliveryId, { leaseEndsAt: until });
    },
    claim({ owner, now, leaseUntil, limit, perWebhook, deliveryIds }, handed) {
      const broken: string[] = [];
      if (handed.length > limit) broken.push(`${handed.length} were handed out of ${limit}`);
      const dueTimes = handed.map(({ deliveryId }) => entries.get(deliveryId)?.dueAt ?? 0);
      if (dueTimes.some((dueAt, index) => dueAt < (dueTimes[index - 1] ?? dueAt)))
        broken.push("they did not come in the order in which they fell due");
      const counts = new Map(perWebhook?.underWay);
      for (const { deliveryId, webhookId } of handed) {
        const entry = entries.get(deliveryId);
        if (entry === undefined || availableAt(entry) > now) broken.push(`${deliveryId} was not to be had`);
        if (deliveryIds?.includes(deliveryId) === false) broken.push(`${deliveryId} was not named`);
        counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
        const isTooMuch = perWebhook !== undefined && (counts.get(webhookId) ?? 0) > perWebhook.limit;
        if (isTooMuch && deliveryIds === undefined) broken.push(`${webhookId} has too many`);
        change(deliveryId, { leaseEndsAt: leaseUntil, owner });
      }
      for (const [webhookId, count] of Object.entries(countByWebhook(handed))) {
        const rateLimit = rateLimits.get(webhookId) ?? null;
        if (count > burstOf(rateLimit)) broken.push(`${webhookId} has more than its rate limit allows`);
        if (rateLimit !== null) pause(webhookId, nextWithinLimit(rateLimit, now, count));
      }
      return broken;
    },
    nextDueAt() {
      const times = [...entries.values()].map(availableAt);
      const earliest = Math.min(Infinity, ...times);
      return earliest === Infinity ? null : earliest;
    },
    backlog(now, webhookIds) {
      const isCounted = ({ webhookId }: Entry) => webhookIds?.includes(webhookId) ?? true;
      const pending = [...entries.values()].filter((entry) => entry.dueAt !== null && isCounted(entry));
      const due = pending.filter((entry) => availableAt(entry) <= now).map(({ dueAt }) => dueAt ?? Infinity);
      return { pending: pending.length, dueSince: due.length === 0 ? null : Math.min(...due) };
    },
    leased: () =>
      [...entries].flatMap(([deliveryId, { owner }]) => (owner === null ? [] : { owner, deliveryId })).sort(byId),
    pending: () => [...entries].flatMap(([deliveryId, { dueAt }]) => (dueAt === null ? [] : deliveryId)).sort(),
  };
}

function byId({ deliveryId: left }: Lease, { deliveryId: right }: Lease): number {
  return left < right ? -1 : 1;
}
