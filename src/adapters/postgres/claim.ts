import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { claimInTurnStatement, claimNamedStatement, readyStatement, type ClaimRow } from "./claim-statements.ts";
import { rollBack, type Connections } from "./connections.ts";
import type { LeasedViews } from "./leased-views.ts";
import type { SqlValues, Statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { BEGIN } from "./transact.ts";

/** Where there is no limit for each webhook. */
const ANY_NUMBER = 2_147_483_647;

/** Leases deliveries. Webhooks are served in turn, round and round by id. */
export function createClaim(
  { lend }: Pick<Connections, "lend">,
  tables: Tables,
  leased: LeasedViews,
): (claim: Claim) => Promise<readonly ClaimedDelivery[]> {
  const ready = readyStatement(tables);
  const inTurn = claimInTurnStatement(tables);
  const named = claimNamedStatement(tables);
  /** The webhook that was served last. */
  let served = "";

  /** In a transaction of its own, all of which is sent at once. */
  function transact<Row extends object>(statement: Statement<Row>, now: number, values: SqlValues) {
    return lend(async (connection) => {
      try {
        const [, , rows] = await Promise.all([
          connection.execute(BEGIN),
          connection.run(ready, { now }),
          connection.run(statement, { now, ...values }),
          connection.execute("commit"),
        ]);
        return rows;
      } catch (thrown) {
        await rollBack(connection);
        throw thrown;
      }
    });
  }

  /** Again where some have taken less than their share, and others may have more than theirs. */
  async function claimInTurn(claim: Claim): Promise<readonly ClaimRow[]> {
    const { owner, now, leaseUntil, perWebhook } = claim;
    const busy = new Map(perWebhook?.underWay);
    const rows: ClaimRow[] = [];
    for (let limit = claim.limit; limit > 0; limit = claim.limit - rows.length) {
      const found = await transact(inTurn, now, {
        ...{ owner, leaseUntil, limit, served, perWebhook: perWebhook?.limit ?? ANY_NUMBER },
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

  return async (claim) => {
    const { owner, now, leaseUntil, limit, deliveryIds } = claim;
    if (limit <= 0) return [];
    const rows =
      deliveryIds === undefined
        ? await claimInTurn(claim)
        : await transact(named, now, { owner, leaseUntil, limit, deliveryIds });
    for (const row of rows) leased.remember(toView(row));
    return toClaimed(rows);
  };
}

/** Written out: it is made for every attempt. */
function toView(row: ClaimRow): DeliveryView {
  return {
    deliveryId: row.deliveryId,
    messageId: row.messageId,
    webhookId: row.webhookId,
    tenantId: row.tenantId,
    event: row.event,
    state: "pending",
    attempts: row.attempts,
    attemptsBeforeRound: row.attemptsBeforeRound,
    nextAttemptAt: row.dueAt,
    cancellationReason: null,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
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
  return [...rows].sort(byDueTime).map((row) => {
    const { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt, version } = row;
    return {
      delivery: {
        status: "pending",
        deliveryId,
        messageId,
        webhookId,
        tenantId,
        event,
        attempts,
        attemptsBeforeRound,
        dueAt,
      },
      version,
      body: bodies.get(messageId) ?? null,
    };
  });
}

function byDueTime(left: ClaimRow, right: ClaimRow): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt;
  return left.deliveryId < right.deliveryId ? -1 : 1;
}
