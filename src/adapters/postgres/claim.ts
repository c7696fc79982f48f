import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { Claim, ClaimedDelivery, DeliveryQueue } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import {
  claimInTurnStatement,
  claimNamedStatement,
  forgetStatement,
  readyStatement,
  type ClaimRow,
  type LostRow,
} from "./claim-statements.ts";
import { toClaimed, toView } from "./claimed-rows.ts";
import type { Connection } from "./connection.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { LeasedViews } from "./leased-views.ts";
import type { Tables } from "./tables.ts";

/** Stands for no limit for each webhook. */
const ANY_NUMBER = 2_147_483_647;

/**
 * Leases deliveries. Serves webhooks in turn, round and round by id. A claim sees the appends that were asked for
 * before it, since an outcome that pauses or deactivates a webhook must be seen by the claim that the outcome's slot
 * makes.
 */
export function createClaim(
  { following }: Pick<GroupCommit, "following">,
  tables: Tables,
  leased: LeasedViews,
): DeliveryQueue["claim"] {
  const ready = readyStatement(tables);
  const inTurn = claimInTurnStatement(tables);
  const named = claimNamedStatement(tables);
  const forget = forgetStatement(tables);
  /** The webhook that had the last turn. The next in line is the one after it. */
  let served = "";

  /**
   * Leases what a claim still lacks, and tells whether that is all.
   *
   * @param gone - deliveries that the round before found in the queue and nowhere else: their rows are removed, and
   * others are taken in their place
   */
  async function find(
    connection: Connection,
    claim: Claim,
    taken: readonly ClaimRow[],
    gone: readonly string[],
  ): Promise<Found> {
    const { owner, now, leaseUntil, perWebhook, deliveryIds } = claim;
    const limit = claim.limit - taken.length;
    if (limit <= 0) return { claim, rows: [], lost: [], isAll: true };
    const busy = countByWebhook(taken, perWebhook?.underWay);
    // In this order, so that what has become due is found.
    const [, , found] = await Promise.all([
      gone.length === 0 ? [] : connection.run(forget, { deliveryIds: gone }),
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
    const turns = found.filter(({ hadTurn }) => hadTurn).map(({ webhookId }) => webhookId);
    served = lastInTurn(turns, served);
    const counts = countByWebhook(found);
    // If some have taken less than their share, others may have more than theirs.
    const mayHaveMore = found.some(({ webhookId, share }) => counts.get(webhookId) === share);
    const rows = found.filter(isPresent);
    const lost = found.filter((row) => !isPresent(row)).map(({ deliveryId }) => deliveryId);
    return { claim, rows, lost, isAll: rows.length >= limit || (lost.length === 0 && !mayHaveMore) };
  }

  async function claim(
    ask: () => Claim,
    tell: (deliveries: readonly ClaimedDelivery[]) => void,
  ): Promise<Result<readonly ClaimedDelivery[], StorageError>> {
    const told: { all: readonly ClaimedDelivery[] | null } = { all: null };
    const isLost = () => told.all !== null && told.all.length > 0;
    const rows: ClaimRow[] = [];
    let gone: readonly string[] = [];
    for (let asks = ask; ;) {
      const found = (
        await following(async (connection) => {
          // What the caller was told of was lost with its transaction, and no other deliveries may take its place. If
          // the caller was told of none, nothing was lost.
          if (told.all !== null) return null;
          const round = await find(connection, asks(), rows, gone);
          if (round.isAll) tell((told.all = toClaimed([...rows, ...round.rows])));
          return round;
        })
      ).andThen((round) => (round === null && isLost() ? err(lostAgain()) : ok(round)));
      if (found.isErr()) return rows.length === 0 ? err(found.error) : ok(toClaimed(rows));
      if (found.value === null) return ok([]);
      const { claim, rows: more } = found.value;
      rows.push(...more);
      gone = found.value.lost;
      for (const row of more) leased.remember(toView(row));
      if (told.all !== null) return ok(told.all);
      asks = () => claim;
    }
  }

  return (ask, found = () => undefined) => new ResultAsync(claim(ask, found));
}

function lostAgain(): StorageError {
  return storageError("disconnected", "the transaction that leased the deliveries was lost");
}

/** What a round has found for a claim. */
interface Found {
  readonly claim: Claim;
  readonly rows: readonly ClaimRow[];
  /** Deliveries that are in the queue, and nowhere else. */
  readonly lost: readonly string[];
  readonly isAll: boolean;
}

function isPresent(row: ClaimRow | LostRow): row is ClaimRow {
  return row.messageId !== null;
}

function countByWebhook(
  rows: readonly Pick<ClaimRow, "webhookId">[],
  before?: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const counts = new Map(before);
  for (const { webhookId } of rows) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
  return counts;
}

/** Returns the last in turn. Those after `served` come first, in order, then those from the beginning up to it. */
function lastInTurn(webhookIds: readonly string[], served: string): string {
  const upTo = webhookIds.filter((webhookId) => webhookId <= served);
  return (
    (upTo.length > 0 ? upTo : webhookIds).reduce((last, webhookId) => (webhookId > last ? webhookId : last), "") ||
    served
  );
}
