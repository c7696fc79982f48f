import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { checkOptions } from "../../src/adapters/postgres/options.ts";
import { connectionsOf } from "../../src/adapters/postgres/connections.ts";
import { createEnquiry } from "../../src/adapters/postgres/enquiry.ts";
import { tablesIn } from "../../src/adapters/postgres/tables.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { commit, deliveryStream, failed, scheduled, succeeded, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { newSchema } from "../support/open-hooks.ts";
import { openPostgres } from "../support/postgres/harness.ts";

it("a transaction was committed, or it was not: also if the server has crashed, and does not know its id", async () => {
  const connectionString = inject("postgresUrl");
  const connections = connectionsOf(checkOptions({ connectionString })._unsafeUnwrap());
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await connections.close();
  });
  const enquiry = createEnquiry(connections, tablesIn("hookledger"), 50);
  const ending = async (how: "commit" | "rollback") => {
    await client.query("begin");
    const { rows } = await client.query<{ id: string }>("select pg_current_xact_id()::text as id");
    await client.query(how);
    return rows[0]?.id ?? "";
  };
  expect(await valueOf(enquiry.wasCommitted(await ending("commit")))).toBe(true);
  expect(await valueOf(enquiry.wasCommitted(await ending("rollback")))).toBe(false);
  // What a crash has taken back has an id that the server has not given yet.
  expect(await valueOf(enquiry.wasCommitted(String(2n ** 60n)))).toBe(false);
});

it("a commit is found by all that it says: another's event at the same place is not its own", async () => {
  const connectionString = inject("postgresUrl");
  const schema = newSchema();
  const storage = await openPostgres({ connectionString, schema });
  const connections = connectionsOf(checkOptions({ connectionString, schema })._unsafeUnwrap());
  onTestFinished(async () => {
    await connections.close();
    await valueOf(storage.close());
  });
  const done = commit(deliveryStream("a"), 1, [failed(1, T0 + 5)]);
  await valueOf(storage.writer.append(commit(deliveryStream("a"), "no-stream", [scheduled("a")])));
  await valueOf(storage.writer.append(done));
  const { appendedBy } = createEnquiry(connections, tablesIn(schema), 50);
  expect(await valueOf(appendedBy(done))).toEqual([{ streamId: deliveryStream("a"), version: 2 }]);
  const others = [
    commit(deliveryStream("b"), 1, [failed(1, T0 + 5)]),
    commit(deliveryStream("a"), 1, [succeeded]),
    commit(deliveryStream("a"), 1, [failed(1, T0 + 6)]),
    { ...done, recordedAt: T0 + 1 },
  ];
  for (const other of others) expect(await valueOf(appendedBy(other))).toBeNull();
});
