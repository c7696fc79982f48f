import { and, asc, eq, getTableName, gt, or, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { Transfer } from "../../ports/transfer.ts";
import { toEventRow } from "../sql/event-row.ts";
import { inTurn } from "./in-turn.ts";
import { checkpoints, events, messages, responses, secrets } from "./schema.ts";
import type { Session } from "./session.ts";

/** SQLite keeps the last position it has given in a table of its own, with no row before the first. */
function givePositionsAfter(orm: Session["orm"], position: number): void {
  const name = getTableName(events);
  orm.run(
    sql`insert into sqlite_sequence (name, seq)
      select ${name}, 0 where not exists (select 1 from sqlite_sequence where name = ${name})`,
  );
  orm.run(sql`update sqlite_sequence set seq = max(seq, ${position}) where name = ${name}`);
}

export function createTransfer({ orm, read, readKept, write }: Session): Transfer {
  const readPage: Session["readKept"] = (work) => inTurn(() => readKept(work));
  return {
    messages: (after, limit) =>
      readPage(() => {
        const page = orm.select().from(messages).where(gt(messages.messageId, after));
        return ok(page.orderBy(asc(messages.messageId)).limit(limit).all());
      }),
    secrets: (after, limit) =>
      readPage(() => {
        const page = orm.select().from(secrets).where(gt(secrets.secretId, after));
        return ok(page.orderBy(asc(secrets.secretId)).limit(limit).all());
      }),
    responses: ({ deliveryId, attempt }, limit) =>
      readPage(() => {
        const isAfter = or(
          gt(responses.deliveryId, deliveryId),
          and(eq(responses.deliveryId, deliveryId), gt(responses.attempt, attempt)),
        );
        const page = orm.select().from(responses).where(isAfter);
        return ok(page.orderBy(asc(responses.deliveryId), asc(responses.attempt)).limit(limit).all());
      }),
    checkpoints: () =>
      read(() => ok(orm.select({ name: checkpoints.name, position: checkpoints.position }).from(checkpoints).all())),
    restore: (restoration) =>
      write(() => {
        for (const event of restoration.events ?? [])
          orm.insert(events).values(toEventRow(event)).onConflictDoNothing({ target: events.position }).run();
        for (const message of restoration.messages ?? [])
          orm.insert(messages).values(message).onConflictDoNothing({ target: messages.messageId }).run();
        for (const secret of restoration.secrets ?? []) orm.insert(secrets).values(secret).onConflictDoNothing().run();
        for (const response of restoration.responses ?? [])
          orm.insert(responses).values(response).onConflictDoNothing().run();
        const updatedAt = sql`cast(unixepoch('subsec') * 1000 as integer)`;
        for (const checkpoint of restoration.checkpoints ?? [])
          orm
            .insert(checkpoints)
            .values({ ...checkpoint, updatedAt })
            .onConflictDoUpdate({
              target: checkpoints.name,
              set: { position: sql`max(${checkpoints.position}, excluded.position)` },
            })
            .run();
        if (restoration.lastPosition !== undefined) givePositionsAfter(orm, restoration.lastPosition);
        return ok();
      }),
  };
}
