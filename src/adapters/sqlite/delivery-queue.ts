import { and, eq, inArray, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { Claim, ClaimedDelivery, DeliveryQueue, QueueScope } from "../../ports/delivery-queue.ts";
import { prepareClaim, type ClaimedRow } from "./claim.ts";
import { prepareNextDue } from "./next-due.ts";
import { scopeParameters, scopeShape, type ScopeShape } from "./queue-scope.ts";
import { deliveries } from "./schema.ts";
import type { Session } from "./session.ts";

export function createDeliveryQueue({ orm, read, write }: Session): DeliveryQueue {
  const claims = perShape((shape) => prepareClaim(orm, shape));
  const nextDues = perShape((shape) => prepareNextDue(orm, shape));
  const release = orm
    .update(deliveries)
    .set({ leaseOwner: null, leaseExpiresAt: null })
    .where(
      and(
        eq(deliveries.leaseOwner, sql.placeholder("owner")),
        inArray(deliveries.deliveryId, sql`(select value from json_each(${sql.placeholder("deliveryIds")}))`),
      ),
    )
    .prepare();

  function lease({ scope = {}, ...claim }: Claim): readonly ClaimedDelivery[] {
    const rows = claims(scope).all({ ...claim, ...scopeParameters(scope) });
    return rows.sort(byDueTime).map(toClaimed);
  }

  return {
    claim: (claim) => write(() => ok(lease(claim))),
    release: (owner, deliveryIds) =>
      write(() => ok(void release.run({ owner, deliveryIds: JSON.stringify(deliveryIds) }))),
    nextDueAt: (scope = {}) => read(() => ok(nextDues(scope).get(scopeParameters(scope))?.at ?? null)),
  };
}

/** One statement per shape of scope, prepared when it is first needed. */
function perShape<Statement>(prepare: (shape: ScopeShape) => Statement): (scope: QueueScope) => Statement {
  const prepared = new Map<string, Statement>();
  return (scope) => {
    const shape = scopeShape(scope);
    const key = `${shape.some} ${shape.except}`;
    const statement = prepared.get(key) ?? prepare(shape);
    prepared.set(key, statement);
    return statement;
  };
}

/** RETURNING promises no order. */
function byDueTime(left: ClaimedRow, right: ClaimedRow): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt;
  return left.deliveryId < right.deliveryId ? -1 : 1;
}

function toClaimed({ version, ...row }: ClaimedRow): ClaimedDelivery {
  return { delivery: { ...row, status: "pending" }, version };
}
