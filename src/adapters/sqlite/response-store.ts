import { asc, eq, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { ResponseStore } from "../../ports/response-store.ts";
import { responses } from "./schema.ts";
import type { Session } from "./session.ts";

export function createResponseStore({ orm, read }: Session): ResponseStore {
  const ofDelivery = orm
    .select()
    .from(responses)
    .where(eq(responses.deliveryId, sql.placeholder("deliveryId")))
    .orderBy(asc(responses.attempt))
    .prepare();
  return {
    ofDeliveries: (deliveryIds) =>
      read(() => ok([...new Set(deliveryIds)].flatMap((deliveryId) => ofDelivery.all({ deliveryId })))),
  };
}
