import { and, eq, gt, inArray } from "drizzle-orm";
import { ok } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import { createAvailability } from "./availability.ts";
import { createBacklog } from "./backlog.ts";
import { createClaim } from "./claim.ts";
import { prepareHot } from "./hot-statement.ts";
import { listParameter, parameter } from "./parameter.ts";
import { deliveries } from "./projected-tables.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

export function createDeliveryQueue(session: Session, buffers: WriteBuffers): DeliveryQueue {
  const { orm, prepare, read, share } = session;
  const availability = createAvailability(orm, prepare);
  const claim = createClaim(session, buffers, availability);
  const backlog = createBacklog(orm);
  const held = and(
    eq(deliveries.leaseOwner, parameter("owner")),
    inArray(deliveries.deliveryId, listParameter("deliveryIds")),
  );
  const release = prepareHot<[string, number | null]>(
    prepare,
    orm
      .update(deliveries)
      .set({ leaseOwner: null, leaseExpiresAt: null })
      .where(held)
      .returning({ webhookId: deliveries.webhookId, dueAt: deliveries.nextAttemptAt }),
  );
  /** The webhooks of leases that will end sooner than before; their turns may be set to the old end. */
  const sooner = prepareHot<[string]>(
    prepare,
    orm
      .selectDistinct({ webhookId: deliveries.webhookId })
      .from(deliveries)
      .where(and(held, gt(deliveries.leaseExpiresAt, parameter("leaseUntil")))),
  );
  const renew = prepareHot(
    prepare,
    orm
      .update(deliveries)
      .set({ leaseExpiresAt: parameter("leaseUntil") })
      .where(held),
  );

  return {
    claim: (ask) => share(() => ok(claim(ask()))),
    release: (owner, deliveryIds) =>
      share(() => {
        for (const [webhookId, dueAt] of release.all({ owner, deliveryIds: JSON.stringify(deliveryIds) })) {
          if (dueAt !== null) buffers.queues.due(webhookId, dueAt);
        }
        return ok();
      }),
    renew: (ask) =>
      share(() => {
        const { owner, deliveryIds, leaseUntil } = ask();
        const values = { owner, deliveryIds: JSON.stringify(deliveryIds), leaseUntil };
        // Happens if the clock was set back: a claim may have put the turn off to the lease's old end.
        for (const [webhookId] of sooner.all(values)) buffers.queues.due(webhookId, leaseUntil);
        return ok(void renew.run(values));
      }),
    nextDueAt: (scope = {}) => read(() => ok(availability.inScope(scope))),
    backlog: (now, webhookIds) => read(() => backlog(now, webhookIds)),
    health: (webhookId) => read(() => ok(buffers.queues.health(webhookId))),
  };
}
