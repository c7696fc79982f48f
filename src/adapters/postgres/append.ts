import { err, ok, type Result } from "neverthrow";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import type { Commit } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import { holdersStatement, loadStatement, writeSets, writeStatement } from "./append-statements.ts";
import type { Connection } from "./connections.ts";
import { decide, type Decided } from "./decide.ts";
import { eventStatements } from "./event-statements.ts";
import { deliveryIdOf, isLeftToIndex, readRows, slotOf, wantedBy, type Loaded } from "./loaded.ts";
import type { Tables } from "./tables.ts";
import { writeRarely } from "./write-rarely.ts";
import type { WriterMark } from "./writer-mark.ts";
import type { Writes } from "./writes.ts";

/** Appends commits in a transaction that is open. */
export interface Append {
  /** Decides them on what the transaction sees. */
  plan(connection: Connection, commits: readonly Commit[], alone: boolean): Promise<Result<Plan, StorageError>>;
  /**
   * Writes what was decided. Where another transaction was first at something that was not looked for, it throws the violation of a
   * constraint, or 22012.
   */
  write(connection: Connection, writes: Writes): Promise<void>;
}

export interface Plan {
  readonly decided: readonly Decided[];
  readonly writes: Writes;
  /** The transaction's, by which it can be asked after whether it was committed. */
  readonly transactionId: string;
}

export function createAppend(tables: Tables, mark: WriterMark): Append {
  const load = loadStatement(tables, mark);
  const holders = holdersStatement(tables);
  const { ofStreams } = eventStatements(tables);
  const sets = writeSets(tables);
  const write = writeStatement(tables, sets);

  async function streamsOf(
    connection: Connection,
    streamIds: readonly string[],
  ): Promise<Result<ReadonlyMap<string, readonly RecordedEvent[]>, StorageError>> {
    if (streamIds.length === 0) return ok(new Map());
    return decodeEventRows(await connection.run(ofStreams, { streamIds }))
      .map(byStream)
      .mapErr((error) => storageError("unexpected", error.message, error));
  }

  return {
    async plan(connection, commits, alone) {
      const { deliveryIds, keys, streamIds } = wantedBy(commits, alone);
      const [tenantIds, names] = [keys.map(([tenantId]) => tenantId), keys.map(([, key]) => key)];
      const [rows, held] = await Promise.all([
        connection.run(load, { deliveryIds }),
        keys.length === 0 ? [] : connection.run(holders, { tenantIds, keys: names }),
      ]);
      const [first] = rows;
      if (first === undefined) return err(storageError("unexpected", "the counter of the webhooks' changes is gone"));
      const found = readRows(rows);
      if (found.isErr()) return err(found.error);
      const withoutRow = commits
        .flatMap(({ streams }) => streams)
        .flatMap((stream) => {
          const deliveryId = deliveryIdOf(stream.streamId);
          const isKnown = deliveryId === null || found.value.deliveries.has(deliveryId);
          return isKnown || isLeftToIndex(stream, alone) ? [] : [stream.streamId];
        });
      const streams = await streamsOf(connection, [...streamIds, ...withoutRow]);
      const { revision, transactionId } = first;
      return streams.map((known) => {
        const messageIds = new Map(held.map((one) => [slotOf(one.tenantId, one.idempotencyKey), one.messageId]));
        const loaded: Loaded = { ...found.value, revision, keys: messageIds, streams: known };
        return { ...decide(loaded, commits, alone), transactionId };
      });
    },
    async write(connection, writes) {
      const gathered = writes.gathered();
      const values = gathered.toValues(sets);
      if (values !== null) await connection.run(write, values);
      await writeRarely(connection.orm, tables, gathered);
    },
  };
}

function byStream(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.streamId);
    if (stream === undefined) streams.set(event.streamId, [event]);
    else stream.push(event);
  }
  return streams;
}
