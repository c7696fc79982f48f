import { byCodePoint } from "../../domain/by-code-point.ts";
import { burstOf, byDueTime, shareOut, waitsAfter, withinLimits } from "../../domain/delivery/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { Claim, ClaimedDelivery, DeliveryQueue, QueueScope } from "../../ports/delivery-queue.ts";
import type { Door } from "./door.ts";
import { queueOf, type Claimable, type State } from "./state.ts";

export function createDeliveryQueue(state: State, door: Door): DeliveryQueue {
  /** Yields those of `deliveryIds` whose lease `owner` holds. */
  function* held(owner: string, deliveryIds: readonly string[]) {
    for (const deliveryId of deliveryIds) if (state.leases.get(deliveryId)?.owner === owner) yield deliveryId;
  }

  return {
    claim: (ask) => door.enter(() => lease(state, ask())),
    release: (owner, deliveryIds) =>
      door.enter(() => {
        for (const deliveryId of held(owner, deliveryIds)) state.leases.delete(deliveryId);
      }),
    renew: (ask) =>
      door.enter(() => {
        const { owner, deliveryIds, leaseUntil } = ask();
        for (const deliveryId of held(owner, deliveryIds)) state.leases.set(deliveryId, { owner, until: leaseUntil });
      }),
    nextDueAt: (scope = {}) =>
      door.enter(() => {
        let earliest: EpochMs | null = null;
        for (const claimable of inScope(state, scope)) {
          const at = availableAt(state, claimable);
          if (earliest === null || at < earliest) earliest = at;
        }
        return earliest;
      }),
    backlog: (now, webhookIds) =>
      door.enter(() => {
        const only = webhookIds && new Set(webhookIds);
        const all = inScope(state, {}).filter(({ delivery }) => only?.has(delivery.webhookId) ?? true);
        const [longestDue] = all.filter((claimable) => availableAt(state, claimable) <= now).sort(byClaimable);
        return { pending: all.length, dueSince: longestDue?.delivery.dueAt ?? null };
      }),
    health: (webhookId) =>
      door.enter(() => {
        const { failingSince = null, pausedUntil = null } = state.queues.get(webhookId) ?? {};
        return { failingSince, pausedUntil };
      }),
  };
}

function lease(state: State, claim: Claim): readonly ClaimedDelivery[] {
  const { owner, now, leaseUntil, limit, deliveryIds } = claim;
  const available = inScope(state, deliveryIds === undefined ? {} : { deliveryIds })
    .filter((claimable) => availableAt(state, claimable) <= now)
    .sort(byClaimable);
  const limits = (webhookId: string) => limitOf(state, webhookId);
  const claimed =
    deliveryIds === undefined
      ? inTurn(state, claim, available)
      : withinLimits(available.slice(0, limit), webhookIdOf, limits);
  for (const [webhookId, until] of waitsAfter(claimed.map(webhookIdOf), limits, now))
    queueOf(state, webhookId).pausedUntil = until;
  return claimed.sort(byClaimable).map((claimable) => {
    const { deliveryId, messageId } = claimable.delivery;
    state.leases.set(deliveryId, { owner, until: leaseUntil });
    const message = state.messages.get(messageId);
    const isGone = message === undefined || message.erasedAt !== null;
    const body = isGone ? null : new TextEncoder().encode(message.body);
    return { ...claimable, body, webhooksRevision: state.revision };
  });
}

function webhookIdOf({ delivery }: Claimable): string {
  return delivery.webhookId;
}

/** Nothing is sent to a webhook that is not active, so what it has left is not held back. */
function limitOf({ projected }: State, webhookId: string): number | null {
  const webhook = projected.webhooks.get(webhookId);
  return webhook?.active === true ? webhook.rateLimitPerSecond : null;
}

/** Takes the webhooks in turn, and gives each an equal share of the limit. */
function inTurn(state: State, { now, limit, perWebhook }: Claim, available: readonly Claimable[]): Claimable[] {
  const byWebhook = new Map<string, Claimable[]>();
  for (const claimable of available) {
    const { webhookId } = claimable.delivery;
    const others = byWebhook.get(webhookId);
    if (others === undefined) byWebhook.set(webhookId, [claimable]);
    else others.push(claimable);
  }
  // If the clock was set back, the turns that it gave before lie in the future. They are brought forward.
  for (const webhookId of byWebhook.keys()) {
    const queue = queueOf(state, webhookId);
    queue.servedAt = Math.min(queue.servedAt, now);
  }
  const roomOf = (webhookId: string) =>
    Math.min(
      perWebhook === undefined ? Infinity : perWebhook.limit - (perWebhook.underWay.get(webhookId) ?? 0),
      burstOf(limitOf(state, webhookId)),
    );
  const line = [...byWebhook].sort(([one, left], [other, right]) => {
    const inTime = turnAt(state, left) - turnAt(state, right);
    return inTime || queueOf(state, one).turn - queueOf(state, other).turn || byCodePoint(one, other);
  });
  const claimed: Claimable[] = [];
  const places = line.map(([webhookId]) => ({ webhookId, room: roomOf(webhookId) }));
  const dealt = shareOut(places, limit, (webhookId, count) => {
    const taken = byWebhook.get(webhookId)?.splice(0, count) ?? [];
    claimed.push(...taken);
    return taken.length;
  });
  for (const [webhookId, became] of dealt) {
    // A webhook that was given one less than the others stays ahead of them.
    if (became !== "owed") Object.assign(queueOf(state, webhookId), { servedAt: now, turn: (state.turns += 1) });
  }
  return claimed;
}

function turnAt(state: State, [first]: readonly Claimable[]): EpochMs {
  return first === undefined ? 0 : Math.max(first.delivery.dueAt, queueOf(state, first.delivery.webhookId).servedAt);
}

function inScope({ projected: { pending } }: State, { deliveryIds, exceptWebhookIds }: QueueScope): Claimable[] {
  const candidates =
    deliveryIds === undefined
      ? [...pending.values()]
      : [...new Set(deliveryIds)].flatMap((id) => pending.get(id) ?? []);
  if (exceptWebhookIds === undefined) return candidates;
  const excepted = new Set(exceptWebhookIds);
  return candidates.filter(({ delivery }) => !excepted.has(delivery.webhookId));
}

/** When the delivery is due, free, and to a webhook that is not paused. */
function availableAt({ leases, queues }: State, { delivery }: Claimable): EpochMs {
  const { deliveryId, webhookId, dueAt } = delivery;
  return Math.max(dueAt, leases.get(deliveryId)?.until ?? dueAt, queues.get(webhookId)?.pausedUntil ?? dueAt);
}

function byClaimable({ delivery: left }: Claimable, { delivery: right }: Claimable): number {
  return byDueTime(left, right);
}
