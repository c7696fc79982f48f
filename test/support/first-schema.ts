import type Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { fileURLToPath } from "node:url";
import { toIso } from "../../src/domain/instant.ts";
import { deliveryView, isDeliveryEvent, type DomainEvent, type RecordedEvent } from "../../src/domain/ledger/index.ts";
import { connectionTo } from "./sqlite-files.ts";

/** A database as the first version of the schema left it, written without the code of today's adapter. */
export interface FirstSchema {
  readonly database: Database.Database;
  insert(table: string, row: Readonly<Record<string, string | number | null>>): void;
  /** Appends to the ledger, each event a second after the last one, and returns the stream's events so far. */
  append(streamId: string, ...events: readonly DomainEvent[]): readonly RecordedEvent[];
  /** Writes a delivery's events and its row. */
  deliver(deliveryId: string, events: readonly DomainEvent[], lease?: { owner: string; until: number }): void;
}

const migrationsFolder = fileURLToPath(new URL("../../drizzle/sqlite", import.meta.url));

export function createFirstSchema(path: string, begunAt: number): FirstSchema {
  const database = connectionTo(path);
  const [first] = readMigrationFiles({ migrationsFolder });
  for (const statement of first?.sql ?? []) database.exec(statement);
  database.exec(`create table hookledger_migrations (
    id integer primary key not null, hash text not null, applied_at integer not null) strict`);
  const streams = new Map<string, RecordedEvent[]>();
  let position = 0;

  function insert(table: string, row: Readonly<Record<string, string | number | null>>): void {
    const columns = Object.keys(row);
    const values = columns.map((column) => `@${column}`);
    database.prepare(`insert into hookledger_${table} (${columns.join()}) values (${values.join()})`).run(row);
  }

  insert("migrations", { id: first?.folderMillis ?? 0, hash: first?.hash ?? "", applied_at: begunAt });

  function append(streamId: string, ...events: readonly DomainEvent[]): readonly RecordedEvent[] {
    const stream = streams.get(streamId) ?? [];
    streams.set(streamId, stream);
    for (const event of events) {
      position += 1;
      const [version, recordedAt] = [stream.length + 1, begunAt + 1000 * position];
      stream.push({ ...event, position, streamId, version, metadata: {}, recordedAt: toIso(recordedAt) });
      const { type, data } = event;
      const columns = { stream_id: streamId, version, type, data: JSON.stringify(data), metadata: "{}" };
      insert("events", { ...columns, recorded_at: recordedAt });
    }
    return stream;
  }

  return {
    database,
    insert,
    append,
    deliver(deliveryId, events, lease) {
      const view = deliveryView(append(`delivery-${deliveryId}`, ...events).filter(isDeliveryEvent));
      if (view === null) throw new Error(`${deliveryId} was never scheduled`);
      insert("deliveries", {
        ...{
          delivery_id: deliveryId,
          message_id: view.messageId,
          webhook_id: view.webhookId,
          tenant_id: view.tenantId,
        },
        ...{ event_type: view.event, state: view.state, attempts: view.attempts, version: view.version },
        ...{ attempts_before_round: view.attemptsBeforeRound, next_attempt_at: view.nextAttemptAt },
        ...{ cancellation_reason: view.cancellationReason, created_at: view.createdAt, updated_at: view.updatedAt },
        ...{ lease_owner: lease?.owner ?? null, lease_expires_at: lease?.until ?? null },
      });
    },
  };
}
