import { err, ok, type Result } from "neverthrow";
import { byStream, streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { Commit } from "../../ports/commit.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import { standingStatement, writeSets, writeStatement } from "./append-statements.ts";
import type { Connection } from "./connection.ts";
import { decide, type Plan } from "./decide.ts";
import { eventStatements } from "./event-statements.ts";
import { failingStatement, holdersStatement, keepStatement, loadStatement } from "./load-statements.ts";
import type { LeasedViews } from "./leased-views.ts";
import { deliveryIdOf, NOTHING_LOADED, readRows, wantedBy, type Loaded } from "./loaded.ts";
import type { Tables } from "./tables.ts";
import { writeRarely } from "./write-rarely.ts";
import type { Writes } from "./writes.ts";

/** Appends commits in a transaction that is open. */
export interface Append {
  /** Decides on what is remembered. Null if something has to be looked up. */
  planAtOnce(commits: readonly Commit[]): Plan | null;
  /** Decides on what the transaction sees. */
  plan(connection: Connection, commits: readonly Commit[], alone: boolean): Promise<Result<Plan, StorageError>>;
  /**
   * Writes what was decided. If another transaction was first at something that was not looked up, throws the violation
   * of a constraint, or 22012 (division by zero).
   */
  write(connection: Connection, writes: Writes): Promise<unknown>;
}

export function createAppend(tables: Tables, leased: LeasedViews): Append {
  const load = loadStatement(tables);
  const holders = holdersStatement(tables);
  const keep = keepStatement(tables);
  const failing = failingStatement(tables);
  const { ofStreams, versions } = eventStatements(tables);
  const sets = writeSets(tables);
  const write = writeStatement(tables, sets);
  const stands = standingStatement(tables);

  async function streamsOf(
    connection: Connection,
    streamIds: readonly string[],
  ): Promise<Result<ReadonlyMap<string, readonly RecordedEvent[]>, StorageError>> {
    if (streamIds.length === 0) return ok(new Map());
    return decodeEventRows(await connection.run(ofStreams, { streamIds }))
      .map(byStream)
      .mapErr((error) => storageError("unexpected", error.message, error));
  }

  /** Adds the deliveries that were leased here, unless they were looked up. */
  function withLeased(loaded: Loaded, commits: readonly Commit[]): Loaded {
    const deliveries = new Map(loaded.deliveries);
    for (const { streams } of commits) {
      for (const { streamId } of streams) {
        const view = leased.recall(deliveryIdOf(streamId) ?? "");
        if (view !== undefined && !deliveries.has(view.deliveryId)) deliveries.set(view.deliveryId, view);
      }
    }
    return { ...loaded, deliveries };
  }

  return {
    planAtOnce(commits) {
      const wanted = wantedBy(commits, leased.recall, false);
      if (Object.values(wanted).some(({ length }) => length > 0)) return null;
      return decide(withLeased(NOTHING_LOADED, commits), commits, false);
    },
    async plan(connection, commits, alone) {
      const { deliveryIds, keys, failingIds, streamIds, messageIds } = wantedBy(commits, leased.recall, alone);
      const [tenantIds, names] = [keys.map(([tenantId]) => tenantId), keys.map(([, key]) => key)];
      const [rows, held, failures] = await Promise.all([
        connection.run(load, { deliveryIds }),
        keys.length === 0 ? [] : connection.run(holders, { tenantIds, keys: names }),
        failingIds.length === 0 ? [] : connection.run(failing, { failingIds }),
        messageIds.length === 0 ? [] : connection.run(keep, { messageIds }),
      ]);
      const [first] = rows;
      if (first === undefined)
        return err(
          storageError(
            "unexpected",
            "the counter of changes to webhooks is missing; call ledger.rebuild() to restore it",
          ),
        );
      const found = readRows(rows);
      if (found.isErr()) return err(found.error);
      const withoutRow = deliveryIds.filter((deliveryId) => !found.value.deliveries.has(deliveryId));
      const ofMessages = messageIds.map((id) => streamId("message", id));
      const [standing, streams] = await Promise.all([
        ofMessages.length === 0 ? [] : connection.run(versions, { streamIds: ofMessages }),
        streamsOf(connection, [...streamIds, ...withoutRow.map((id) => streamId("delivery", id))]),
      ]);
      return streams.map((known) => {
        const loaded: Loaded = {
          ...found.value,
          revision: first.revision,
          streams: known,
          keys: new Map(held.map((one) => [idempotencySlot(one.tenantId, one.idempotencyKey), one.messageId])),
          failing: new Map(failures.map((one) => [one.webhookId, one.failingSince])),
          versions: new Map(standing.map((one) => [one.streamId, one.version])),
        };
        return decide(alone ? loaded : withLeased(loaded, commits), commits, alone);
      });
    },
    async write(connection, writes) {
      const gathered = writes.gathered();
      const values = gathered.toValues(sets);
      const writing = values === null ? null : connection.run(write, values);
      const { isRare, standing } = gathered;
      if (!isRare && standing.size === 0) return writing;
      await writing;
      if (isRare) await writeRarely(connection.orm, tables, gathered);
      if (standing.size === 0) return null;
      return connection.run(stands, { streamIds: [...standing.keys()], versions: [...standing.values()] });
    },
  };
}
