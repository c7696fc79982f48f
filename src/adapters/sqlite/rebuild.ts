import { sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { fromIso } from "../../domain/instant.ts";
import type { DamagedEvent } from "../../ports/ledger-reader.ts";
import type { Projections } from "../../ports/projections.ts";
import type { Orm } from "./connection.ts";
import { followPauses } from "./pauses.ts";
import { createProject } from "./project.ts";
import { readStreams } from "./read-streams.ts";
import { deliveries, queues, webhooks } from "./projected-tables.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

export function createRebuild(session: Session, buffers: WriteBuffers): Projections["rebuild"] {
  const { orm, write } = session;
  const project = createProject(session, buffers);

  function replay(): Result<number, DamagedEvent> {
    let count = 0;
    for (const stream of readStreams(orm)) {
      if (stream.isErr()) return err(stream.error);
      for (const event of stream.value.events) {
        const { streamId, version } = event;
        project(event, { streamId, version, recordedAt: fromIso(event.recordedAt) });
      }
      count += stream.value.events.length;
    }
    return ok(count);
  }

  return () =>
    write(() => {
      // Raised even if no webhook is left: one that is removed may be remembered.
      buffers.revision.raise();
      setLeasesAside(orm);
      orm.delete(webhooks).run();
      orm.delete(deliveries).run();
      orm.update(queues).set({ turnAt: null }).run();
      return replay().map((count) => {
        buffers.deliveries.settle();
        followPauses(orm);
        bringLeasesBack(orm);
        return { events: count };
      });
    });
}

/**
 * Uses a table that only this connection sees. A rollback takes it away as well. It does not look at the states, which
 * may be what is to be mended: what has ended has no lease anyway.
 */
function setLeasesAside(orm: Orm): void {
  orm.run(sql`
    create temp table hookledger_leases as
    select delivery_id, lease_owner, lease_expires_at from hookledger_deliveries
    where lease_owner is not null`);
}

function bringLeasesBack(orm: Orm): void {
  orm.run(sql`
    update hookledger_deliveries
    set lease_owner = held.lease_owner, lease_expires_at = held.lease_expires_at
    from temp.hookledger_leases as held
    where held.delivery_id = hookledger_deliveries.delivery_id and hookledger_deliveries.state = 'pending'`);
  orm.run(sql`drop table temp.hookledger_leases`);
}
