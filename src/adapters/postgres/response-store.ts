import { asc, inArray } from "drizzle-orm";
import { ok } from "neverthrow";
import type { ResponseStore } from "../../ports/response-store.ts";
import type { Session } from "./session.ts";

export function createResponseStore({ orm, read, tables: { responses } }: Session): ResponseStore {
  return {
    ofDeliveries: (deliveryIds) =>
      read(async () =>
        ok(
          await orm
            .select()
            .from(responses)
            .where(inArray(responses.deliveryId, [...deliveryIds]))
            .orderBy(asc(responses.deliveryId), asc(responses.attempt)),
        ),
      ),
  };
}
