import { and, asc, eq, inArray, isNotNull, isNull, lte, sql } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import type { QueueScope } from "../../ports/delivery-queue.ts";
import type { Orm, Prepare } from "./connection.ts";
import { prepareHot } from "./hot-statement.ts";
import { listParameter, parameter } from "./parameter.ts";
import { deliveries, queues } from "./projected-tables.ts";

/** When deliveries are both due and free. */
export interface Availability {
  ofWebhook(webhookId: string): EpochMs | null;
  inScope(scope: QueueScope): EpochMs | null;
}

/** How many webhooks in line are read at a time. */
const QUEUES_A_PAGE = 32;

/** Later than any time: `Number.MAX_SAFE_INTEGER`. */
const never = sql`9007199254740991`;

export function createAvailability(orm: Orm, prepare: Prepare): Availability {
  const { nextAttemptAt, leaseExpiresAt, deliveryId, webhookId } = deliveries;
  const at = sql<number | null>`min(max(${nextAttemptAt}, coalesce(${leaseExpiresAt}, 0)))`;
  const pending = sql`${deliveries.state} = 'pending'`;
  const ofOne = and(pending, eq(webhookId, parameter("webhookId")));
  const firstFree = orm
    .select({ nextAttemptAt })
    .from(deliveries)
    .where(and(ofOne, isNull(leaseExpiresAt)))
    .orderBy(asc(nextAttemptAt))
    .limit(1);
  // A minimum over everything pending would read all of it. What is due before the first free delivery is leased, and
  // there are never more leases than the workers hold.
  const one = prepareHot<[number | null]>(
    prepare,
    orm
      .select({ at })
      .from(deliveries)
      .where(and(ofOne, lte(nextAttemptAt, sql`coalesce(${firstFree}, ${never})`))),
  );
  const named = prepareHot<[number | null]>(
    prepare,
    orm
      .select({
        at: sql<
          number | null
        >`min(max(${nextAttemptAt}, coalesce(${leaseExpiresAt}, 0), coalesce(${queues.pausedUntil}, 0)))`,
      })
      .from(deliveries)
      .leftJoin(queues, eq(queues.webhookId, webhookId))
      .where(
        and(
          sql`+${pending}`,
          inArray(deliveryId, listParameter("deliveryIds")),
          sql`${webhookId} not in ${listParameter("except")}`,
        ),
      ),
  );
  const inLine = prepareHot<[string, number, number]>(
    prepare,
    orm
      .select({ webhookId: queues.webhookId, turnAt: queues.turnAt, pausedUntil: queues.pausedUntil })
      .from(queues)
      .where(
        and(
          sql`(${queues.turnAt}, ${queues.webhookId}) > (${parameter("turnAt")}, ${parameter("webhookId")})`,
          isNotNull(queues.turnAt),
        ),
      )
      .orderBy(asc(queues.turnAt), asc(queues.webhookId))
      .limit(QUEUES_A_PAGE),
  );

  function ofWebhook(id: string): EpochMs | null {
    return one.get({ webhookId: id })?.[0] ?? null;
  }

  /**
   * A turn may be earlier than the time when a delivery is available, never later. So a webhook whose turn is after the
   * best time so far cannot be better.
   */
  function inTurn(except: ReadonlySet<string>): EpochMs | null {
    let best: EpochMs | null = null;
    let [turnAt, webhookId] = [Number.MIN_SAFE_INTEGER, ""];
    for (;;) {
      const page = inLine.all({ turnAt, webhookId });
      for (const [id, turn, pausedUntil] of page) {
        if (best !== null && turn >= best) return best;
        const available = except.has(id) ? null : ofWebhook(id);
        if (available !== null) best = Math.min(best ?? Infinity, Math.max(available, pausedUntil));
        [turnAt, webhookId] = [turn, id];
      }
      if (page.length < QUEUES_A_PAGE) return best;
    }
  }

  return {
    ofWebhook,
    inScope({ deliveryIds, exceptWebhookIds = [] }) {
      if (deliveryIds === undefined) return inTurn(new Set(exceptWebhookIds));
      const lists = { deliveryIds: JSON.stringify(deliveryIds), except: JSON.stringify(exceptWebhookIds) };
      return named.get(lists)?.[0] ?? null;
    },
  };
}
