import { and, asc, eq, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { Orm } from "./connection.ts";
import { prepareHot, type HotStatement, type SqlValue } from "./hot-statement.ts";
import { createAvailability } from "./availability.ts";
import { createFollowClock } from "./follow-clock.ts";
import { parameter } from "./parameter.ts";
import { deliveries, messages, queues } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

type Row = readonly [
  ...[deliveryId: string, messageId: string, webhookId: string, tenantId: string, event: string],
  ...[attempts: number, attemptsBeforeRound: number, dueAt: number, version: number],
];

export function createClaim(session: Session, buffers: WriteBuffers): (claim: Claim) => readonly ClaimedDelivery[] {
  const { orm, prepare } = session;
  const statements = prepareStatements(session);
  const availability = createAvailability(orm, prepare);
  const followClock = createFollowClock(session);

  /** Until something is found, or nobody is in line any more: a turn may come to nothing, and is then set to when it won't. */
  function claimInTurn(claim: Claim): readonly Row[] {
    for (;;) {
      const rows = claimInLine(claim);
      if (rows === null || rows.length > 0) return rows ?? [];
    }
  }

  /** As the webhooks' turns come, an equal share of what is left to each of them. Null where it is nobody's turn. */
  function claimInLine(claim: Claim): readonly Row[] | null {
    const { limit, now, perWebhook } = claim;
    const full = [...(perWebhook?.underWay ?? [])].filter(
      ([, count]) => perWebhook && count >= perWebhook.limit,
    ).length;
    const inLine = statements.inLine
      .all({ now, limit: limit + full })
      .filter(([webhookId]) => roomOf(claim, webhookId) > 0);
    if (inLine.length === 0) return null;
    const rows: Row[] = [];
    for (const [index, [webhookId]] of inLine.entries()) {
      const left = limit - rows.length;
      if (left === 0) break;
      const share = Math.ceil(left / (inLine.length - index));
      const room = Math.min(share, roomOf(claim, webhookId));
      const found = statements.ofWebhook.all({ ...parametersOf(claim), webhookId, limit: room });
      rows.push(...found);
      // Where there may be more, its next turn comes after those who are waiting now.
      const turnAt = found.length === room ? now : availability.ofWebhook(webhookId);
      statements.setTurn.run({ webhookId, turnAt });
    }
    return rows;
  }

  function claimNamed(claim: Claim, deliveryIds: readonly string[]): readonly Row[] {
    return statements.named.all({
      ...parametersOf(claim),
      limit: claim.limit,
      deliveryIds: JSON.stringify(deliveryIds),
    });
  }

  return (claim) => {
    if (claim.limit <= 0) return [];
    for (const buffer of [buffers.messages, buffers.deliveries, buffers.queues]) buffer.settle();
    followClock(claim.now);
    const rows = claim.deliveryIds === undefined ? claimInTurn(claim) : claimNamed(claim, claim.deliveryIds);
    const bodyOf = createBodyOf(statements.body);
    return [...rows].sort(byDueTime).map((row) => toClaimed(row, bodyOf(row[1])));
  };
}

function parametersOf({ owner, now, leaseUntil }: Claim): Readonly<Record<string, SqlValue>> {
  return { owner, now, leaseUntil };
}

function roomOf({ perWebhook }: Claim, webhookId: string): number {
  return perWebhook === undefined ? Infinity : perWebhook.limit - (perWebhook.underWay.get(webhookId) ?? 0);
}

/** RETURNING promises no order. */
function byDueTime(left: Row, right: Row): number {
  if (left[7] !== right[7]) return left[7] - right[7];
  return left[0] < right[0] ? -1 : 1;
}

function toClaimed(row: Row, body: Uint8Array | null): ClaimedDelivery {
  const [deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt, version] = row;
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
    body,
  };
}

/**
 * Reads each message once, however many of its deliveries are claimed. As text, which is then encoded: a blob takes longer,
 * since the driver allocates memory for each outside of Node's pool.
 */
function createBodyOf(statement: HotStatement<readonly [string | null]>): (messageId: string) => Uint8Array | null {
  const bodies = new Map<string, Uint8Array | null>();
  return (messageId) => {
    const known = bodies.get(messageId);
    if (known !== undefined) return known;
    const text = statement.get({ messageId })?.[0] ?? null;
    const body = text === null ? null : Buffer.from(text);
    bodies.set(messageId, body);
    return body;
  };
}

function prepareStatements({ orm, prepare }: Session) {
  const { deliveryId, webhookId, nextAttemptAt, leaseExpiresAt } = deliveries;
  const now = parameter("now");
  const dueAndFree = and(lte(nextAttemptAt, now), or(isNull(leaseExpiresAt), lte(leaseExpiresAt, now)));
  const pending = sql`${deliveries.state} = 'pending'`;
  const found = orm
    .select({ deliveryId })
    .from(deliveries)
    .where(and(pending, eq(webhookId, parameter("webhookId")), dueAndFree))
    .orderBy(asc(nextAttemptAt), asc(deliveryId))
    .limit(sql.placeholder("limit"));
  // The `+` hides the state from the planner, which would otherwise walk a whole index to find a few.
  const foundNamed = orm
    .select({ deliveryId })
    .from(deliveries)
    .leftJoin(queues, eq(queues.webhookId, webhookId))
    .where(
      and(
        sql`+${deliveries.state} = 'pending'`,
        inArray(deliveryId, sql`(select value from json_each(${sql.placeholder("deliveryIds")}))`),
        dueAndFree,
        sql`coalesce(${queues.pausedUntil}, 0) <= ${now}`,
      ),
    )
    .orderBy(asc(nextAttemptAt), asc(deliveryId))
    .limit(sql.placeholder("limit"));
  return {
    ofWebhook: prepareHot<Row>(prepare, leaseAll(orm, sql`${found}`)),
    named: prepareHot<Row>(prepare, leaseAll(orm, sql`${foundNamed}`)),
    inLine: prepareHot<[string]>(
      prepare,
      orm
        .select({ webhookId: queues.webhookId })
        .from(queues)
        .where(lte(queues.turnAt, now))
        .orderBy(asc(queues.turnAt), asc(queues.webhookId))
        .limit(sql.placeholder("limit")),
    ),
    setTurn: prepareHot(
      prepare,
      orm
        .update(queues)
        .set({ turnAt: parameter("turnAt") })
        .where(eq(queues.webhookId, parameter("webhookId"))),
    ),
    body: prepareHot<[string | null]>(
      prepare,
      orm
        .select({
          body: sql<string | null>`case when ${messages.erasedAt} is null then ${messages.body} end`,
        })
        .from(messages)
        .where(eq(messages.messageId, parameter("messageId"))),
    ),
  };
}

/** Finds and leases in one statement, so that no two claims find the same. */
function leaseAll(orm: Orm, found: ReturnType<typeof sql>) {
  const { deliveryId, messageId, webhookId, tenantId, event } = deliveries;
  const { attempts, attemptsBeforeRound, nextAttemptAt, version } = deliveries;
  return orm
    .update(deliveries)
    .set({ leaseOwner: parameter("owner"), leaseExpiresAt: parameter("leaseUntil") })
    .where(sql`${deliveryId} in ${found}`)
    .returning({
      deliveryId,
      messageId,
      webhookId,
      tenantId,
      event,
      attempts,
      attemptsBeforeRound,
      nextAttemptAt,
      version,
    });
}
