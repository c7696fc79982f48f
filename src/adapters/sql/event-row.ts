import { err, ok, Result } from "neverthrow";
import { fromIso, isWithinDates, toIso, type EpochMs } from "../../domain/instant.ts";
import { isObject, isString } from "../../domain/guards.ts";
import { decodeEvent, type EventMetadata, type RecordedEvent } from "../../domain/ledger/index.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { damagedEvent, type DamagedEvent } from "../../ports/ledger-reader.ts";

/** A row of the ledger as the database returns it: its JSON is still text. */
export interface EventRow {
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly recordedAt: EpochMs;
}

export function decodeEventRow(row: EventRow): Result<RecordedEvent, DamagedEvent> {
  const { position, streamId, version, type, recordedAt } = row;
  return parseJson(row.data)
    .mapErr(() => "its data is not JSON")
    .andThen((data) => decodeEvent(type, data))
    .andThen((event) => decodeMetadata(row.metadata).map((metadata) => ({ event, metadata })))
    .andThen(({ event, metadata }) =>
      isWithinDates(recordedAt)
        ? ok({ ...event, position, streamId, version, metadata, recordedAt: toIso(recordedAt) })
        : err("its time is out of range"),
    )
    .mapErr((reason) => damagedEvent(row, reason));
}

/** Decodes all rows, or returns the first that is damaged. */
export function decodeEventRows(rows: readonly EventRow[]): Result<readonly RecordedEvent[], DamagedEvent> {
  return Result.combine(rows.map(decodeEventRow));
}

export function toEventRow({ position, streamId, version, type, data, metadata, recordedAt }: RecordedEvent): EventRow {
  const json = { data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
  return { position, streamId, version, type, ...json, recordedAt: fromIso(recordedAt) };
}

function decodeMetadata(text: string): Result<EventMetadata, string> {
  return parseJson(text)
    .mapErr(() => "its metadata is not JSON")
    .andThen((metadata) => (isMetadata(metadata) ? ok(metadata) : err("its metadata is not an object of strings")));
}

function isMetadata(value: unknown): value is EventMetadata {
  return isObject(value) && Object.values(value).every(isString);
}
