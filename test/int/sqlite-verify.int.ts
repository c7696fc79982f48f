import { existsSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  registered,
  schedule,
  scheduled,
  deliveryStream,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { connectionTo, newPath, storageOn, temporaryDirectory } from "../support/sqlite-files.ts";

/** More than verify replays at a time. */
const DELIVERIES = 5_000;

async function largeLedger(path: string) {
  const storage = await storageOn({ path });
  const ids = Array.from({ length: DELIVERIES }, (_, index) => `d${index}`);
  const streams = ids.map((id) => ({
    ...{ streamId: deliveryStream(id), expectedVersion: "no-stream" as const, events: [scheduled(id)] },
  }));
  await valueOf(storage.writer.append({ recordedAt: T0, streams }));
  return storage;
}

it("others can write during a verify, which tells the truth of the moment when it was called", async () => {
  const path = newPath();
  const storage = await largeLedger(path);
  let isOver = false;
  const verified = storage.projections.verify().andTee(() => {
    isOver = true;
  });
  await schedule(storage, "late");
  connectionTo(path).exec("update hookledger_deliveries set attempts = 7 where delivery_id = 'd1'");
  const streams = [{ streamId: webhookStream("w"), expectedVersion: "no-stream" as const, events: [registered("w")] }];
  await valueOf(storage.writer.append({ recordedAt: T0, streams }));
  expect(isOver).toBe(false);
  expect(await valueOf(verified)).toEqual({ events: DELIVERIES, differences: [] });
  const again = await valueOf(storage.projections.verify());
  expect(again).toMatchObject({ events: DELIVERIES + 2, differences: [{ id: "d1" }] });
});

it("closing ends a verify, and closes its connection too", async () => {
  const path = newPath();
  const storage = await largeLedger(path);
  const verified = storage.projections.verify();
  await valueOf(storage.close());
  // The last connection that is closed removes the log.
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(await errorOf(verified)).toMatchObject({ reason: "closed" });
});

it("verify finds rows that have no stream, whatever page they are on", async () => {
  const path = newPath();
  const storage = await largeLedger(path);
  const strays = ["d19", "d2500", "d999"];
  const deletes = strays.map((id) => `delete from hookledger_events where stream_id = 'delivery-${id}'`);
  connectionTo(path).exec(deletes.join(";"));
  const { differences } = await valueOf(storage.projections.verify());
  expect(differences.map(({ id, expected }) => [id, expected])).toEqual(strays.map((id) => [id, null]));
});

it("a purge and a verify at the same time both succeed", async () => {
  const storage = await largeLedger(newPath());
  const verified = storage.projections.verify();
  await valueOf(storage.messages.purge());
  expect((await valueOf(verified)).differences).toEqual([]);
});

it("verify finds the file that SQLite has opened, however its path was spelled", async () => {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, "real", "inner"), { recursive: true });
  symlinkSync(join(folder, "real", "inner"), join(folder, "link"));
  const storage = await largeLedger(` ${folder}/link/../hooks.db`);
  expect(existsSync(join(folder, "real", "hooks.db"))).toBe(true);
  expect(await valueOf(storage.projections.verify())).toEqual({ events: DELIVERIES, differences: [] });
});

it("verify refuses a file that was moved, or replaced by another", async () => {
  const path = newPath();
  const storage = await largeLedger(path);
  renameSync(path, `${path}-moved`);
  const moved = { reason: "unreachable", message: expect.stringContaining("was moved, replaced or deleted") };
  expect(await errorOf(storage.projections.verify())).toMatchObject(moved);
  connectionTo(path).exec("create table another (id)");
  expect(await errorOf(storage.projections.verify())).toMatchObject(moved);
});
