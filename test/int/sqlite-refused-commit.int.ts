import { expect, it } from "vitest";
import { errorOf } from "../../src/testing/contracts/results.ts";
import { claimed, claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { schedule, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const HOUR = 3_600_000;

it("a clock that was set back is followed, even if the first claim that saw it could not be committed", async () => {
  const database = connectionTo(newPath());
  database.pragma("foreign_keys = on");
  database.exec(`
    create table parents (id integer primary key);
    create table children (parent integer references parents deferrable initially deferred);
  `);
  const storage = await storageOn({ database });
  for (const id of ["a", "b"]) await schedule(storage, id, { dueAt: T0 - 1 });
  expect(await claimed(storage, { now: T0 + HOUR, limit: 1 })).toMatchObject([{ deliveryId: "a" }]);

  // A deferred constraint is checked by the commit, and refuses all of it.
  database.exec(`
    create trigger refuse after update on hookledger_queues begin insert into children values (1); end;
  `);
  await errorOf(storage.queue.claim(() => claimOf({ limit: 1 })));
  expect(database.inTransaction).toBe(false);
  database.exec("drop trigger refuse");
  expect(await claimed(storage, { limit: 1 })).toMatchObject([{ deliveryId: "b" }]);
});
