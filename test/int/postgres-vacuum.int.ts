import { expect, it, inject, onTestFinished, vi } from "vitest";
import type { DomainEvent } from "../../src/domain/ledger/index.ts";
import { deliveryStream, scheduled, succeeded, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const DELIVERIES = 5000;

it("the queue is vacuumed once many deliveries have ended, without waiting for autovacuum", async () => {
  const schema = temporarySchema();
  const storage = await openPostgres({ connectionString: inject("postgresUrl"), schema: schema.name });
  onTestFinished(async () => {
    await valueOf(storage.close());
    await schema.remove();
  });
  const ids = Array.from({ length: DELIVERIES }, (_, n) => `d-${n}`);
  const append = (expectedVersion: number | "no-stream", event: (id: string) => DomainEvent) =>
    valueOf(
      storage.writer.append({
        recordedAt: T0,
        streams: ids.map((id) => ({ streamId: deliveryStream(id), expectedVersion, events: [event(id)] })),
      }),
    );
  await append("no-stream", (id) => scheduled(id));
  await append(1, () => succeeded);
  await vi.waitFor(async () => {
    const { rows } = await schema.query(
      `select vacuum_count::int as count from pg_stat_user_tables where schemaname = '${schema.name}' and relname = 'queue'`,
    );
    expect(rows).toEqual([{ count: 1 }]);
  });
});
