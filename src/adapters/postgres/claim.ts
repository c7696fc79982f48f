import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { Claim, ClaimedDelivery, DeliveryQueue } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { claimInTurnStatement, claimNamedStatement, readyStatement, type ClaimRow } from "./claim-statements.ts";
import { toClaimed, toView } from "./claimed-rows.ts";
import type { Connection } from "./connection.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { LeasedViews } from "./leased-views.ts";
import type { Tables } from "./tables.ts";

/** Where there is no limit for each webhook. */
const ANY_NUMBER = 2_147_483_647;

/**
 * Leases deliveries. Webhooks are served in turn, round and round by id. It sees the appends that were asked for before it: an
 * outcome that pauses or deactivates a webhook is to be seen by the claim that its slot makes.
 */
export function createClaim(
  { following }: Pick<GroupCommit, "following">,
  tables: Tables,
  leased: LeasedViews,
): DeliveryQueue["claim"] {
  const ready = readyStatement(tables);
  const inTurn = claimInTurnStatement(tables);
  const named = claimNamedStatement(tables);
  /** The webhook whose turn was the last: the next in line is the one after it. */
  let served = "";

  /** Leases what a claim still lacks, and sees whether that is all. */
  async function find(connection: Connection, claim: Claim, taken: readonly ClaimRow[]): Promise<Found> {
    const { owner, now, leaseUntil, perWebhook, deliveryIds } = claim;
    const limit = claim.limit - taken.length;
    if (limit <= 0) return { claim, rows: [], isAll: true };
    const busy = countByWebhook(taken, perWebhook?.underWay);
    // In this order: what has become due is to be found.
    const [, rows] = await Promise.all([
      connection.run(ready, { now }),
      deliveryIds === undefined
        ? connection.run(inTurn, {
            owner,
            now,
            leaseUntil,
            limit,
            served,
            perWebhook: perWebhook?.limit ?? ANY_NUMBER,
            busyIds: [...busy.keys()],
            busyCounts: [...busy.values()],
          })
        : connection.run(named, { owner, now, leaseUntil, limit, deliveryIds }),
    ]);
    const turns = rows.filter(({ hadTurn }) => hadTurn).map(({ webhookId }) => webhookId);
    served = lastInTurn(turns, served);
    const counts = countByWebhook(rows);
    // Where some have taken less than their share, others may have more than theirs.
    const mayHaveMore = rows.some(({ webhookId, share }) => counts.get(webhookId) === share);
    return { claim, rows, isAll: rows.length >= limit || !mayHaveMore };
  }

  async function claim(
    ask: () => Claim,
    tell: (deliveries: readonly ClaimedDelivery[]) => void,
  ): Promise<Result<readonly ClaimedDelivery[], StorageError>> {
    const told: { all: readonly ClaimedDelivery[] | null } = { all: null };
    const rows: ClaimRow[] = [];
    for (let asks = ask; ;) {
      const found = (
        await following(async (connection) => {
          // What it was told of was lost with its transaction, and other deliveries are not to take its place.
          if (told.all !== null) return null;
          const round = await find(connection, asks(), rows);
          if (round.isAll) tell((told.all = toClaimed([...rows, ...round.rows])));
          return round;
        })
      ).andThen((round) => (round === null ? err(lostAgain()) : ok(round)));
      if (found.isErr()) return rows.length === 0 ? err(found.error) : ok(toClaimed(rows));
      const { claim, rows: more } = found.value;
      rows.push(...more);
      for (const row of more) leased.remember(toView(row));
      if (told.all !== null) return ok(told.all);
      asks = () => claim;
    }
  }

  return (ask, found = () => undefined) => new ResultAsync(claim(ask, found));
}

function lostAgain(): StorageError {
  return storageError("disconnected", "the transaction that had leased deliveries was lost");
}

/** What a round has found for a claim. */
interface Found {
  readonly claim: Claim;
  readonly rows: readonly ClaimRow[];
  readonly isAll: boolean;
}

function countByWebhook(rows: readonly ClaimRow[], before?: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const counts = new Map(before);
  for (const { webhookId } of rows) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
  return counts;
}

/** Those after `served` come first, in order, then those from the beginning up to it: the last of these. */
function lastInTurn(webhookIds: readonly string[], served: string): string {
  const upTo = webhookIds.filter((webhookId) => webhookId <= served);
  return (
    (upTo.length > 0 ? upTo : webhookIds).reduce((last, webhookId) => (webhookId > last ? webhookId : last), "") ||
    served
  );
}
