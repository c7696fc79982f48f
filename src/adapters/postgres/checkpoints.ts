import { and, eq, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { Checkpoints, Lead } from "../../ports/checkpoints.ts";
import type { Session } from "./session.ts";

export function createCheckpoints({ orm, read, tables: { checkpoints } }: Session): Checkpoints {
  const { name, position, leaseOwner, leaseExpiresAt } = checkpoints;
  const isMine = ({ name: of, owner }: Pick<Lead, "name" | "owner">) => and(eq(name, of), eq(leaseOwner, owner));
  return {
    lead: ({ name: of, owner, now, until }, from) =>
      read(async () => {
        const leased = { leaseOwner: owner, leaseExpiresAt: until };
        const [row] = await orm
          .insert(checkpoints)
          .values({ name: of, position: from, updatedAt: now, ...leased })
          .onConflictDoUpdate({
            target: name,
            set: leased,
            setWhere: sql`${leaseOwner} = ${owner} or ${leaseExpiresAt} is null or ${leaseExpiresAt} <= ${now}::bigint`,
          })
          .returning({ position });
        return ok(row?.position ?? null);
      }),
    advance: (lead, from, to) =>
      read(async () => {
        const values = { position: to, updatedAt: lead.now, leaseExpiresAt: lead.until };
        const advanced = await orm
          .update(checkpoints)
          .set(values)
          .where(and(isMine(lead), eq(position, from)));
        return ok((advanced.rowCount ?? 0) > 0);
      }),
    release: (of, owner) =>
      read(async () => {
        const nobodys = { leaseOwner: null, leaseExpiresAt: null };
        await orm
          .update(checkpoints)
          .set(nobodys)
          .where(isMine({ name: of, owner }));
        return ok();
      }),
  };
}
