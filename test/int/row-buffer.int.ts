import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRowBuffer } from "../../src/adapters/sqlite/row-buffer.ts";
import { events } from "../../src/adapters/sqlite/schema.ts";
import { commit, deliveryStream, message, scheduled } from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { RUNS_WITH_STORAGE } from "../../src/testing/contracts/storage/opening.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

async function withBuffer() {
  const database = connectionTo(newPath());
  const storage = await storageOn({ database });
  const statements: number[] = [];
  const prepare = <Row>(source: string) => {
    const rows = source.split("(?").length - 1;
    const statement = database.prepare<unknown[], Row>(source);
    const { run } = statement;
    return Object.assign(statement, {
      run: (...values: readonly unknown[]) => {
        statements.push(rows);
        return run.apply(statement, [...values]);
      },
    });
  };
  const names = ["streamId", "version", "type", "data", "metadata", "recordedAt"] as const;
  const buffer = createRowBuffer(prepare, events, names);
  const add = (id: number) =>
    buffer.add({ streamId: `s${id}`, version: 1, type: "T", data: "{}", metadata: "{}", recordedAt: id });
  const rows = () =>
    database
      .prepare<[], { position: number; id: number }>(
        "select position, recorded_at as id from hookledger_events order by position",
      )
      .all();
  return { storage, buffer, add, rows, statements };
}

describe("a row buffer", () => {
  it("inserts 1 to 40 rows in the order in which they were added, by statements for 16, 4 and 1", async () => {
    const { buffer, add, rows, statements } = await withBuffer();
    let added = 0;
    for (let size = 1; size <= 40; size += 1) {
      statements.length = 0;
      for (let left = size; left > 0; left -= 1) add((added += 1));
      expect(rows()).toHaveLength(added - size);
      buffer.settle();
      expect(statements).toHaveLength(Math.floor(size / 16) + Math.floor((size % 16) / 4) + (size % 4));
      expect(statements.reduce((sum, count) => sum + count, 0)).toBe(size);
    }
    expect(rows()).toEqual(Array.from({ length: added }, (_, index) => ({ position: index + 1, id: index + 1 })));
  });

  it("settles each row once, and forgets what it was told to forget", async () => {
    const { buffer, add, rows } = await withBuffer();
    for (const id of [1, 2, 3]) add(id);
    buffer.settle();
    buffer.settle();
    for (const id of [4, 5]) add(id);
    buffer.forget(false);
    buffer.settle();
    add(6);
    buffer.settle();
    expect(rows().map(({ id }) => id)).toEqual([1, 2, 3, 6]);
  });
});

describe("the ledger over row buffers", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

  it("gives positions in the order given, however many events and commits a transaction has", () =>
    fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const storage = await storageOn({ path: ":memory:" });
        const batches = given.map((size, batch) => Array.from({ length: size }, (_, index) => `d-${batch}-${index}`));
        const appends = batches.map((ids, batch) =>
          storage.writer.append({
            recordedAt: batch,
            streams: ids.flatMap((id) => commit(deliveryStream(id), "no-stream", [scheduled(id)]).streams),
            messages: ids.map((id) => message(id)),
          }),
        );
        for (const [index, append] of appends.entries()) expect(await valueOf(append)).toHaveLength(given[index] ?? 0);
        const read = await valueOf(storage.reader.readAll({ limit: 1000 }));
        expect(read.map(({ streamId }) => streamId)).toEqual(batches.flat().map(deliveryStream));
        expect(read.map(({ position }) => position)).toEqual(read.map((_, index) => index + 1));
        for (const id of batches.flat()) expect(await valueOf(storage.messages.get(id))).toEqual(message(id));
        expect(await valueOf(storage.projections.verify())).toEqual({ events: read.length, differences: [] });
      }),
      { numRuns: RUNS_WITH_STORAGE },
    ));
});
