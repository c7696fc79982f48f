import { burstOf, byDueTime, shareOut, waitsAfter, withinLimits } from "../../domain/delivery/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { prepareClaimStatements, type ClaimRow, type Turn } from "./claim-statements.ts";
import { bodiesOf, toClaimed } from "./claimed-rows.ts";
import type { Availability } from "./availability.ts";
import { createFollowClock } from "./follow-clock.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** Beyond this number, it is forgotten which webhook was served first within a millisecond. */
const MOST_REMEMBERED = 2000;

/**
 * The least number of webhooks to put in order, if more have their turn than there are slots. If still more have their
 * turn in one millisecond, only the first by id are looked at, and the others wait while the clock shows that
 * millisecond. From the next one on, a served webhook goes behind all of them: each has a turn, by id, before any has a
 * second one.
 */
const LOOKED_AT = 64;

export function createClaim(
  session: Session,
  buffers: WriteBuffers,
  { ofWebhook: availableAt }: Pick<Availability, "ofWebhook">,
): (claim: Claim) => readonly ClaimedDelivery[] {
  const statements = prepareClaimStatements(session);
  const followClock = createFollowClock(session);

  /** When this process last served each webhook, which tells apart the turns of one millisecond. */
  const served = new Map<string, number>();
  let turns = 0;

  function remember(webhookId: string): void {
    if (served.size >= MOST_REMEMBERED) served.clear();
    served.set(webhookId, (turns += 1));
  }

  function byTurn([one, left]: Turn, [other, right]: Turn): number {
    return left - right || (served.get(one) ?? 0) - (served.get(other) ?? 0);
  }

  /**
   * Leases what was found within the same transaction, which has the database for itself. A single statement that
   * finds, leases and returns takes a tenth of a millisecond longer, for the temporary tables that it makes.
   */
  function lease({ owner, leaseUntil }: Claim, found: readonly ClaimRow[]): readonly ClaimRow[] {
    for (const [deliveryId] of found) statements.lease.run({ owner, leaseUntil, deliveryId });
    return found;
  }

  /**
   * Claims until something is found, or no webhook is in line. A turn may find nothing; it is then set to when it will.
   */
  function claimInTurn(claim: Claim): readonly ClaimRow[] {
    for (;;) {
      const rows = claimInLine(claim);
      if (rows === null || rows.length > 0) return rows ?? [];
    }
  }

  /** Gives each webhook whose turn has come an equal share of what is left. Null if it is no webhook's turn. */
  function claimInLine(claim: Claim): readonly ClaimRow[] | null {
    const { limit, now, perWebhook } = claim;
    const full = [...(perWebhook?.underWay.keys() ?? [])].filter((webhookId) => roomOf(claim, webhookId) <= 0).length;
    const inLine = statements.inLine
      .all({ now, limit: Math.max(limit + full, LOOKED_AT) })
      .filter(([webhookId]) => roomOf(claim, webhookId) > 0)
      .sort(byTurn)
      .slice(0, limit);
    if (inLine.length === 0) return null;
    const rows: ClaimRow[] = [];
    const limits = new Map(inLine.map(([webhookId, , rateLimitPerSecond]) => [webhookId, rateLimitPerSecond]));
    const line = [...limits].map(([webhookId, rateLimitPerSecond]) => ({
      webhookId,
      room: Math.min(roomOf(claim, webhookId), burstOf(rateLimitPerSecond)),
    }));
    const dealt = shareOut(line, limit, (webhookId, count) => {
      const found = lease(claim, statements.ofWebhook.all({ now, webhookId, limit: count }));
      rows.push(...found);
      return found.length;
    });
    for (const [webhookId, became] of dealt) {
      if (became === "spent") statements.setTurn.run({ webhookId, turnAt: availableAt(webhookId) });
      else if (became === "served") {
        // It may have more: its next turn comes after those that are waiting now.
        statements.setTurn.run({ webhookId, turnAt: now });
        remember(webhookId);
      }
    }
    hold(limits, now, rows);
    return rows;
  }

  function claimNamed(claim: Claim, deliveryIds: readonly string[]): readonly ClaimRow[] {
    const { now, limit } = claim;
    const found = statements.named.all({ now, limit, deliveryIds: JSON.stringify(deliveryIds) });
    const limits = new Map(found.map(([, , id]) => [id, statements.rateLimit.get({ webhookId: id })?.[0] ?? null]));
    const rows = withinLimits(found, webhookIdOf, (webhookId) => limits.get(webhookId) ?? null);
    hold(limits, now, rows);
    return lease(claim, rows);
  }

  function hold(limits: ReadonlyMap<string, number | null>, now: EpochMs, rows: readonly ClaimRow[]): void {
    const waits = waitsAfter(rows.map(webhookIdOf), (webhookId) => limits.get(webhookId) ?? null, now);
    for (const [webhookId, until] of waits) statements.hold.run({ webhookId, until });
  }

  return (claim) => {
    if (claim.limit <= 0) return [];
    for (const buffer of [buffers.messages, buffers.deliveries, buffers.queues]) buffer.settle();
    followClock(claim.now);
    const rows = claim.deliveryIds === undefined ? claimInTurn(claim) : claimNamed(claim, claim.deliveryIds);
    if (rows.length === 0) return [];
    const bodies = bodiesOf(rows, statements.bodies);
    const webhooksRevision = buffers.revision.current();
    const claimed = rows.map((row) => toClaimed(row, bodies.get(row[1]) ?? null, webhooksRevision));
    return claimed.sort((left, right) => byDueTime(left.delivery, right.delivery));
  };
}

function webhookIdOf([, , webhookId]: ClaimRow): string {
  return webhookId;
}

function roomOf({ perWebhook }: Claim, webhookId: string): number {
  return perWebhook === undefined ? Infinity : perWebhook.limit - (perWebhook.underWay.get(webhookId) ?? 0);
}
