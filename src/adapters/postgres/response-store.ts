import { asc, eq } from "drizzle-orm";
import { ok } from "neverthrow";
import type { ResponseStore } from "../../ports/response-store.ts";
import type { Session } from "./session.ts";

export function createResponseStore({ orm, read, tables: { responses } }: Session): ResponseStore {
  return {
    ofDelivery: (deliveryId) =>
      read(async () =>
        ok(
          await orm
            .select()
            .from(responses)
            .where(eq(responses.deliveryId, deliveryId))
            .orderBy(asc(responses.attempt)),
        ),
      ),
  };
}
