import { eq, sql } from "drizzle-orm";
import { prepareHot } from "./hot-statement.ts";
import { counters } from "./schema.ts";
import type { Gatherer } from "./transactions.ts";
import type { Session } from "./session.ts";

/** How often any webhook or any of its secrets has changed. */
export interface Revision extends Gatherer {
  /** Notes that the open transaction changes one. */
  raise(): void;
  /** The value on disk. */
  read(): number;
  /** The value within the open transaction. */
  current(): number;
}

export function createRevision({ orm, prepare, gather }: Session): Revision {
  const ofWebhooks = eq(counters.name, "webhooks");
  const stored = prepareHot<[number]>(prepare, orm.select({ value: counters.value }).from(counters).where(ofWebhooks));
  const increment = prepareHot(
    prepare,
    orm
      .update(counters)
      .set({ value: sql`${counters.value} + 1` })
      .where(ofWebhooks),
  );
  let raised = false;
  /** The value when the transaction began, if anybody has asked. */
  let before: number | null = null;

  const read = () => stored.get({})?.[0] ?? 0;

  function forget(): void {
    raised = false;
    before = null;
  }

  const revision: Revision = {
    raise: () => void (raised = true),
    read,
    current() {
      before ??= read();
      return raised ? before + 1 : before;
    },
    settle() {
      if (raised) increment.run({});
      forget();
    },
    forget,
  };
  gather(revision);
  return revision;
}
