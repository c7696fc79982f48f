import { and, eq, isNull, lte, or } from "drizzle-orm";
import { ok } from "neverthrow";
import type { Checkpoints, Lead } from "../../ports/checkpoints.ts";
import { checkpoints } from "./schema.ts";
import type { Session } from "./session.ts";

export function createCheckpoints({ orm, share }: Session): Checkpoints {
  const { name, position, leaseOwner, leaseExpiresAt } = checkpoints;
  const isMine = ({ name: of, owner }: Pick<Lead, "name" | "owner">) => and(eq(name, of), eq(leaseOwner, owner));
  return {
    lead: (lead, from) =>
      share(() => {
        const { owner, now, until } = lead;
        orm.insert(checkpoints).values({ name: lead.name, position: from, updatedAt: now }).onConflictDoNothing().run();
        const [row] = orm
          .update(checkpoints)
          .set({ leaseOwner: owner, leaseExpiresAt: until })
          .where(and(eq(name, lead.name), or(eq(leaseOwner, owner), isNull(leaseExpiresAt), lte(leaseExpiresAt, now))))
          .returning({ position })
          .all();
        return ok(row?.position ?? null);
      }),
    advance: (lead, from, to) =>
      share(() => {
        const { now: updatedAt, until: expiresAt } = lead;
        const values = { position: to, updatedAt, leaseExpiresAt: expiresAt };
        const { changes } = orm
          .update(checkpoints)
          .set(values)
          .where(and(isMine(lead), eq(position, from)))
          .run();
        return ok(changes > 0);
      }),
    release: (of, owner) =>
      share(() => {
        const nobodys = { leaseOwner: null, leaseExpiresAt: null };
        orm
          .update(checkpoints)
          .set(nobodys)
          .where(isMine({ name: of, owner }))
          .run();
        return ok();
      }),
  };
}
