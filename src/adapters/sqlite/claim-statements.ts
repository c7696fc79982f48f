import { and, asc, eq, inArray, isNull, lte, or, sql } from "drizzle-orm";
import { prepareHot } from "./hot-statement.ts";
import { listParameter, parameter } from "./parameter.ts";
import { deliveries, queues, webhooks } from "./projected-tables.ts";
import { messages } from "./schema.ts";
import type { Session } from "./session.ts";

/** A delivery that is to be leased. */
export type ClaimRow = readonly [
  ...[deliveryId: string, messageId: string, webhookId: string, tenantId: string, event: string],
  ...[attempts: number, attemptsBeforeRound: number, dueAt: number, version: number],
];

/** A webhook whose turn has come. */
export type Turn = readonly [webhookId: string, turnAt: number, rateLimitPerSecond: number | null];

export function prepareClaimStatements({ orm, prepare }: Session) {
  const { deliveryId, messageId, webhookId, tenantId, event } = deliveries;
  const { attempts, attemptsBeforeRound, nextAttemptAt, version, leaseExpiresAt } = deliveries;
  const now = parameter("now");
  const dueAndFree = and(lte(nextAttemptAt, now), or(isNull(leaseExpiresAt), lte(leaseExpiresAt, now)));
  const rows = () =>
    orm
      .select({
        deliveryId,
        messageId,
        webhookId,
        tenantId,
        event,
        attempts,
        attemptsBeforeRound,
        nextAttemptAt,
        version,
      })
      .from(deliveries);
  const inOrder = [asc(nextAttemptAt), asc(deliveryId)] as const;
  const limit = sql.placeholder("limit");
  // Nothing is sent to a webhook that is not active, so what it has left is not held back by its rate limit.
  const isActive = eq(webhooks.active, 1);
  return {
    ofWebhook: prepareHot<ClaimRow>(
      prepare,
      rows()
        .where(and(sql`${deliveries.state} = 'pending'`, eq(webhookId, parameter("webhookId")), dueAndFree))
        .orderBy(...inOrder)
        .limit(limit),
    ),
    named: prepareHot<ClaimRow>(
      prepare,
      rows()
        .leftJoin(queues, eq(queues.webhookId, webhookId))
        .where(
          and(
            // The `+` hides the state from the planner, which would otherwise walk a whole index to find a few.
            sql`+${deliveries.state} = 'pending'`,
            inArray(deliveryId, listParameter("deliveryIds")),
            dueAndFree,
            sql`coalesce(${queues.pausedUntil}, 0) <= ${now}`,
          ),
        )
        .orderBy(...inOrder)
        .limit(limit),
    ),
    lease: prepareHot(
      prepare,
      orm
        .update(deliveries)
        .set({ leaseOwner: parameter("owner"), leaseExpiresAt: parameter("leaseUntil") })
        .where(eq(deliveryId, parameter("deliveryId"))),
    ),
    inLine: prepareHot<Turn>(
      prepare,
      orm
        .select({ webhookId: queues.webhookId, turnAt: queues.turnAt, rateLimitPerSecond: webhooks.rateLimitPerSecond })
        .from(queues)
        .leftJoin(webhooks, and(eq(webhooks.webhookId, queues.webhookId), isActive))
        .where(lte(queues.turnAt, now))
        .orderBy(asc(queues.turnAt), asc(queues.webhookId))
        .limit(limit),
    ),
    setTurn: prepareHot(
      prepare,
      orm
        .update(queues)
        .set({ turnAt: parameter("turnAt") })
        .where(eq(queues.webhookId, parameter("webhookId"))),
    ),
    rateLimit: prepareHot<[rateLimitPerSecond: number | null]>(
      prepare,
      orm
        .select({ rateLimitPerSecond: webhooks.rateLimitPerSecond })
        .from(webhooks)
        .where(and(eq(webhooks.webhookId, parameter("webhookId")), isActive)),
    ),
    /**
     * Nothing more of the webhook is claimed before `until`. Something of it was claimed, so it is not paused, and has
     * a turn. That may be earlier than another lease ends.
     */
    hold: prepareHot(
      prepare,
      orm
        .update(queues)
        .set({ turnAt: parameter("until"), pausedUntil: parameter("until") })
        .where(eq(queues.webhookId, parameter("webhookId"))),
    ),
    // One look-up for all takes half of the time of one for each.
    bodies: prepareHot<[messageId: string, body: string | null]>(
      prepare,
      orm
        .select({
          messageId: messages.messageId,
          body: sql<string | null>`case when ${messages.erasedAt} is null then ${messages.body} end`,
        })
        .from(sql`json_each(${parameter("messageIds")}) as wanted`)
        // SQLite does a cross join in the order that it is written in.
        .crossJoin(messages)
        .where(eq(messages.messageId, sql`wanted.value`)),
    ),
  };
}
