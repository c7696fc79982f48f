import { eq, sql } from "drizzle-orm";
import { prepareHot } from "./hot-statement.ts";
import { counters } from "./schema.ts";
import type { Gatherer, Session } from "./session.ts";

/** How often any webhook or any of its secrets has changed. */
export interface Revision extends Gatherer {
  /** The transaction that is open changes one. */
  raise(): void;
  read(): number;
}

export function createRevision({ orm, prepare, gather }: Session): Revision {
  const ofWebhooks = eq(counters.name, "webhooks");
  const current = prepareHot<[number]>(prepare, orm.select({ value: counters.value }).from(counters).where(ofWebhooks));
  const increment = prepareHot(
    prepare,
    orm
      .update(counters)
      .set({ value: sql`${counters.value} + 1` })
      .where(ofWebhooks),
  );
  let raised = false;
  const revision: Revision = {
    raise: () => void (raised = true),
    read: () => current.get({})?.[0] ?? 0,
    settle() {
      if (raised) increment.run({});
      raised = false;
    },
    forget: () => void (raised = false),
  };
  gather(revision);
  return revision;
}
