import { and, asc, eq, getTableColumns, gt, or, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { Transfer } from "../../ports/transfer.ts";
import { toEventRow } from "../sql/event-row.ts";
import type { Session } from "./session.ts";
import type { WriterMark } from "./writer-mark.ts";

export function createTransfer({ orm, read, lend, write, tables }: Session, mark: WriterMark): Transfer {
  const { events, messages, secrets, responses, checkpoints } = tables;
  const { writtenAs, ...secretColumns } = getTableColumns(secrets);
  return {
    messages: (after, limit) =>
      read(async () => {
        const page = orm.select().from(messages).where(gt(messages.messageId, after));
        return ok(await page.orderBy(asc(messages.messageId)).limit(limit));
      }),
    secrets: (after, limit) =>
      read(async () => {
        const page = orm.select(secretColumns).from(secrets).where(gt(secrets.secretId, after));
        return ok(await page.orderBy(asc(secrets.secretId)).limit(limit));
      }),
    responses: ({ deliveryId, attempt }, limit) =>
      read(async () => {
        const isAfter = or(
          gt(responses.deliveryId, deliveryId),
          and(eq(responses.deliveryId, deliveryId), gt(responses.attempt, attempt)),
        );
        const page = orm.select().from(responses).where(isAfter);
        return ok(await page.orderBy(asc(responses.deliveryId), asc(responses.attempt)).limit(limit));
      }),
    checkpoints: () =>
      read(async () =>
        ok(await orm.select({ name: checkpoints.name, position: checkpoints.position }).from(checkpoints)),
      ),
    restore: (restoration) => {
      const { events: restored = [], lastPosition = 0 } = restoration;
      const last = restored.reduce((most, { position }) => Math.max(most, position), lastPosition);
      const stored = write(async ({ orm: to }) => {
        if (restored.length > 0)
          await to.insert(events).values(restored.map(toEventRow)).onConflictDoNothing({ target: events.position });
        if (restoration.messages?.length)
          await to
            .insert(messages)
            .values([...restoration.messages])
            .onConflictDoNothing({ target: messages.messageId });
        if (restoration.secrets?.length)
          await to
            .insert(secrets)
            .values([...restoration.secrets])
            .onConflictDoNothing();
        if (restoration.responses?.length)
          await to
            .insert(responses)
            .values([...restoration.responses])
            .onConflictDoNothing();
        const updatedAt = sql`(extract(epoch from now()) * 1000)::bigint`;
        if (restoration.checkpoints?.length)
          await to
            .insert(checkpoints)
            .values(restoration.checkpoints.map((checkpoint) => ({ ...checkpoint, updatedAt })))
            .onConflictDoUpdate({
              target: checkpoints.name,
              set: { position: sql`greatest(${checkpoints.position}, excluded.position)` },
            });
        return ok();
      });
      // A rollback does not take back where a sequence stands, so it is moved after the commit. Readers see the events
      // by that. If it is prevented, the same call does the rest.
      const move = () =>
        lend(async (connection) => {
          if (last > 0) await connection.orm.execute(mark.passed(last));
          return ok();
        });
      return stored.andThen(move);
    },
  };
}
