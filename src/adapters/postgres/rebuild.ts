import { sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { deliveryView, isDeliveryEvent, isWebhookEvent, webhookView } from "../../domain/ledger/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { Projections } from "../../ports/projections.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { writeSets } from "./append-statements.ts";
import type { Connection } from "./connection.ts";
import { eventStatements } from "./event-statements.ts";
import { mapError } from "./map-error.ts";
import { followSettings } from "./follow-settings.ts";
import { readStreams } from "./read-streams.ts";
import type { Session } from "./session.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { wasHeldUp } from "./violation.ts";
import { raiseRevision, writeWebhook } from "./write-rarely.ts";

/**
 * How long to wait for any lock. Whoever writes meanwhile waits behind the rebuild, and an application's transaction
 * may stay open for minutes.
 */
const PATIENCE_MS = 5000;

/**
 * Rebuilds the projections in one transaction, stream by stream. Whoever writes goes through the queue first, so
 * locking the queue waits for those who are writing, and keeps others out.
 */
export function createRebuild({ writeForLong, tables }: Session): Projections["rebuild"] {
  const { webhooks, deliveries } = tables;
  const statements = eventStatements(tables);
  const rows = writeSets(tables).scheduled;
  const insert = statement("rebuild", sql`insert into ${deliveries} (${rows.columns}) select * from ${rows.source}`);
  return () =>
    writeForLong<{ readonly events: number }, ReadError>(async (connection) => {
      const { orm } = connection;
      const locked = await lockQueue(connection, tables);
      if (locked.isErr()) return err(locked.error);
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
      await followSettings(orm, tables);
      await raiseRevision(orm, tables);
      return ok({ events });
    });
}

/** Keeps others out, unless one of them is writing for too long. */
async function lockQueue(connection: Connection, { queue }: Tables): Promise<Result<void, StorageError>> {
  await connection.execute(`set local lock_timeout = ${PATIENCE_MS}`);
  try {
    await connection.orm.execute(sql`lock table ${queue} in exclusive mode`);
  } catch (thrown) {
    if (!wasHeldUp(thrown)) throw thrown;
    const what = `a transaction that has written was still open after ${PATIENCE_MS / 1000} s`;
    return err(storageError("locked", `${what}; end it, and rebuild again`, mapError(thrown)?.cause));
  }
  return ok();
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
