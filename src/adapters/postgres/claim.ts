import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { claimInTurnStatement, claimNamedStatement, readyStatement, type ClaimRow } from "./claim-statements.ts";
import type { Connection } from "./connections.ts";
import type { Tables } from "./tables.ts";

export type ClaimOn = (connection: Connection, claim: Claim) => Promise<readonly ClaimedDelivery[]>;

/** Where there is no limit for each webhook. */
const ANY_NUMBER = 2_147_483_647;

/** Claims in a transaction that is open. Webhooks are served in turn, round and round by id. */
export function createClaim(tables: Tables): ClaimOn {
  const ready = readyStatement(tables);
  const inTurn = claimInTurnStatement(tables);
  const named = claimNamedStatement(tables);
  /** The webhook that was served last. */
  let served = "";

  /** Again where some have taken less than their share, and others may have more than theirs. */
  async function claimInTurn(connection: Connection, claim: Claim): Promise<readonly ClaimRow[]> {
    const { owner, now, leaseUntil, perWebhook } = claim;
    const busy = new Map(perWebhook?.underWay);
    const rows: ClaimRow[] = [];
    for (let limit = claim.limit; limit > 0; limit = claim.limit - rows.length) {
      const found = await connection.run(inTurn, {
        ...{ owner, now, leaseUntil, limit, served, perWebhook: perWebhook?.limit ?? ANY_NUMBER },
        ...{ busyIds: [...busy.keys()], busyCounts: [...busy.values()] },
      });
      const taken = new Map<string, number>();
      for (const { webhookId } of found) taken.set(webhookId, (taken.get(webhookId) ?? 0) + 1);
      rows.push(...found);
      for (const [webhookId, count] of taken) busy.set(webhookId, (busy.get(webhookId) ?? 0) + count);
      served = lastInTurn([...taken.keys()], served);
      const mayHaveMore = found.some(({ webhookId, share }) => taken.get(webhookId) === share);
      if (!mayHaveMore) break;
    }
    return rows;
  }

  return async (connection, claim) => {
    const { owner, now, leaseUntil, limit, deliveryIds } = claim;
    if (limit <= 0) return [];
    const rows =
      deliveryIds === undefined
        ? (await Promise.all([connection.run(ready, { now }), claimInTurn(connection, claim)]))[1]
        : await connection.run(named, { owner, now, leaseUntil, limit, deliveryIds });
    return toClaimed(rows);
  };
}

/** Those after `served` come first, in order, then those from the beginning up to it: the last of these. */
function lastInTurn(webhookIds: readonly string[], served: string): string {
  const upTo = webhookIds.filter((webhookId) => webhookId <= served);
  return (
    (upTo.length > 0 ? upTo : webhookIds).reduce((last, webhookId) => (webhookId > last ? webhookId : last), "") ||
    served
  );
}

function toClaimed(rows: readonly ClaimRow[]): readonly ClaimedDelivery[] {
  const bodies = new Map<string, Uint8Array>();
  for (const { messageId, body } of rows) if (body !== null) bodies.set(messageId, Buffer.from(body));
  return [...rows].sort(byDueTime).map(({ version, body: _, ...row }) => {
    const { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt } = row;
    const known = { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt };
    return { delivery: { status: "pending", ...known }, version, body: bodies.get(messageId) ?? null };
  });
}

function byDueTime(left: ClaimRow, right: ClaimRow): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt;
  return left.deliveryId < right.deliveryId ? -1 : 1;
}
