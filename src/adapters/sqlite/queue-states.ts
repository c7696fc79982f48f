import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import type { QueueHealth } from "../../ports/delivery-queue.ts";
import type { AttemptedWebhook } from "../../ports/commit.ts";
import { failingAfter, healthOf, newHealth, noteAttempt, type Health } from "../sql/health.ts";
import { prepareHot } from "./hot-statement.ts";
import { parameter } from "./parameter.ts";
import { queues } from "./projected-tables.ts";
import type { Gatherer } from "./transactions.ts";
import type { Session } from "./session.ts";

/** What a transaction changes in the webhooks' queues, gathered so that each webhook's row is written once. */
export interface QueueStates extends Gatherer {
  /** Notes that one of its deliveries is due at `at`. */
  due(webhookId: string, at: EpochMs): void;
  attempted(webhook: AttemptedWebhook): void;
  /** The value within the open transaction, if there is one. */
  failingSince(webhookId: string): EpochMs | null;
  /** The value on disk. */
  health(webhookId: string): QueueHealth;
}

interface Change extends Health {
  turnAt: EpochMs | null;
}

export function createQueueStates({ orm, prepare, gather }: Session): QueueStates {
  const { webhookId, turnAt, pausedUntil, failingSince } = queues;
  const values = {
    turnAt: parameter("turnAt"),
    pausedUntil: parameter("pausedUntil"),
    failingSince: parameter("failingSince"),
  };
  const change = prepareHot(
    prepare,
    orm
      .insert(queues)
      .values({ webhookId: parameter("webhookId"), ...values })
      .onConflictDoUpdate({
        target: webhookId,
        set: {
          // A pause holds back what is due, whoever schedules it.
          turnAt: sql`max(${sooner(sql`excluded.turn_at`)}, ${pausedUntil}, excluded.paused_until)`,
          pausedUntil: sql`max(${pausedUntil}, excluded.paused_until)`,
          failingSince: sql`case ${parameter("succeeded")} when 1 then excluded.failing_since
            else coalesce(${failingSince}, excluded.failing_since) end`,
        },
      }),
  );
  const recovered = prepareHot(
    prepare,
    orm
      .update(queues)
      .set({ failingSince: null })
      .where(and(eq(webhookId, parameter("webhookId")), isNotNull(failingSince))),
  );
  const stored = prepareHot<[failingSince: EpochMs | null, pausedUntil: EpochMs]>(
    prepare,
    orm
      .select({ failingSince, pausedUntil })
      .from(queues)
      .where(eq(webhookId, parameter("webhookId"))),
  );
  let changes = new Map<string, Change>();

  function changeOf(id: string): Change {
    const known = changes.get(id);
    if (known !== undefined) return known;
    const made: Change = { turnAt: null, ...newHealth() };
    changes.set(id, made);
    return made;
  }

  /** Returns the smaller of two times. Null is no time. */
  function sooner(other: ReturnType<typeof sql>) {
    return sql`min(coalesce(${turnAt}, ${other}), coalesce(${other}, ${turnAt}))`;
  }

  function health(id: string): QueueHealth {
    const row = stored.get({ webhookId: id });
    return healthOf(row && { failingSince: row[0], pausedUntil: row[1] });
  }

  const states: QueueStates = {
    due(id, at) {
      const made = changeOf(id);
      if (made.turnAt === null || at < made.turnAt) made.turnAt = at;
    },
    attempted: (webhook) => noteAttempt(changeOf(webhook.webhookId), webhook),
    failingSince: (id) => failingAfter(health(id).failingSince, changes.get(id)),
    health,
    settle() {
      for (const [id, made] of changes) {
        if (made.turnAt === null && hasOnlyRecovered(made)) recovered.run({ webhookId: id });
        else {
          const turnAt = made.turnAt === null ? null : Math.max(made.turnAt, made.pausedUntil);
          change.run({ webhookId: id, ...made, turnAt, succeeded: Number(made.succeeded) });
        }
      }
      changes = new Map();
    },
    forget: () => void (changes = new Map()),
  };
  gather(states);
  return states;
}

/** Whether the attempts do no more than end earlier failures: if none were recorded, there is nothing to write. */
function hasOnlyRecovered({ pausedUntil, failingSince, succeeded }: Health): boolean {
  return succeeded && failingSince === null && pausedUntil === 0;
}
