import { randomInt } from "node:crypto";
import Driver from "better-sqlite3";
import { sqliteStorage } from "../../../src/adapters/sqlite/index.ts";
import { openHookledger } from "../../../src/index.ts";
import { event } from "./settings.ts";

// A process that places orders until it is killed. Each transaction has one row and one message, and every third is
// rolled back. The process prints the ids of the orders that it has committed. Usage: shop.ts <file>
const [path = ""] = process.argv.slice(2);
const database = new Driver(path);
database.pragma("journal_mode = WAL");
database.exec("create table if not exists orders (id text primary key)");
const insert = database.prepare("insert into orders values (?)");
const opened = await openHookledger({ storage: sqliteStorage({ database }), network: { allow: ["127.0.0.1"] } });
const hooks = opened._unsafeUnwrap({ withStackTrace: true });

class RolledBack extends Error {}

const place = database.transaction((id: string, number: number) => {
  insert.run(id);
  hooks
    .within(database)
    .publishSync({ event, payload: { memory_id: id } })
    ._unsafeUnwrap({ withStackTrace: true });
  if (number % 3 === 0) throw new RolledBack();
});

for (let number = 1; ; number += 1) {
  const id = `${process.pid}-${number}-${randomInt(2 ** 31)}`;
  try {
    place(id, number);
    console.log(id);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  // Between two orders, what was printed reaches the parent, which may kill this process.
  await new Promise((resolve) => setImmediate(resolve));
}
