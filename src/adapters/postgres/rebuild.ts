import { sql } from "drizzle-orm";
import { err, ok } from "neverthrow";
import { deliveryView, isDeliveryEvent, isWebhookEvent, webhookView } from "../../domain/ledger/index.ts";
import type { Projections } from "../../ports/projections.ts";
import { writeSets } from "./append-statements.ts";
import { eventStatements } from "./event-statements.ts";
import { followPauses } from "./pauses.ts";
import { readStreams } from "./read-streams.ts";
import type { Session } from "./session.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { raiseRevision, writeWebhook } from "./write-rarely.ts";

/**
 * Rebuilds the projections in one transaction, stream by stream. Whoever writes goes through the queue first, so
 * locking the queue waits for those who are writing, and keeps others out.
 */
export function createRebuild({ writeForLong, tables }: Session): Projections["rebuild"] {
  const { webhooks, deliveries, queue } = tables;
  const statements = eventStatements(tables);
  const rows = writeSets(tables).scheduled;
  const insert = statement("rebuild", sql`insert into ${deliveries} (${rows.columns}) select * from ${rows.source}`);
  return () =>
    writeForLong(async (connection) => {
      const { orm } = connection;
      await orm.execute(sql`lock table ${queue} in exclusive mode`);
      await orm.delete(webhooks);
      await orm.delete(deliveries);
      let events = 0;
      for await (const page of readStreams(connection, statements)) {
        if (page.isErr()) return err(page.error);
        const views = [];
        for (const stream of page.value) {
          events += stream.events.length;
          const view = deliveryView(stream.events.filter(isDeliveryEvent));
          if (view !== null) views.push(view);
          const webhook = webhookView(stream.events.filter(isWebhookEvent));
          if (webhook !== null) await writeWebhook(orm, tables, webhook.webhookId, stream.streamId, webhook);
        }
        if (views.length > 0) await connection.run(insert, rows.values(views));
      }
      await orm.execute(refill(tables));
      await followPauses(orm, tables);
      await raiseRevision(orm, tables);
      return ok({ events });
    });
}

/** Fills the queue with what is pending. Leases survive. */
function refill({ queue, deliveries }: Tables) {
  return sql`with settled as (
      delete from ${queue} as q where not exists (
        select 1 from ${deliveries} as d where d.delivery_id = q.delivery_id and d.state = 'pending'
      )
    )
    insert into ${queue} as q (delivery_id, webhook_id, due_at, ready)
    select delivery_id, webhook_id, next_attempt_at, false from ${deliveries} where state = 'pending'
    on conflict (delivery_id) do update
    set webhook_id = excluded.webhook_id, due_at = excluded.due_at`;
}
