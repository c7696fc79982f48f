import { expect, it } from "vitest";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { claimed, claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { commit, message, schedule, T0 } from "../../src/testing/contracts/storage/facts.ts";
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

it("a commit that throws leaves nothing of its attempts to the next one: no failure, and no pause", async () => {
  const database = connectionTo(newPath());
  const storage = await storageOn({ database });
  const attempted = { webhookId: "webhook-1", at: T0, failing: true, pausedUntil: T0 + HOUR };
  database.exec("create trigger refuse before insert on hookledger_messages begin select raise(abort, 'no'); end");
  const refused = commit("message-m", "any", [], { health: [attempted], messages: [message("m")] });
  await errorOf(storage.writer.append(refused));
  database.exec("drop trigger refuse");
  await schedule(storage, "d");
  expect(await valueOf(storage.queue.health("webhook-1"))).toEqual({ failingSince: null, pausedUntil: null });
  expect(await claimed(storage)).toMatchObject([{ deliveryId: "d" }]);
});
