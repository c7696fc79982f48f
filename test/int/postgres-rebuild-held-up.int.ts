import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { event } from "../support/deliver-to.ts";
import { failure, newSchema, openHooks, value } from "../support/open-hooks.ts";

/** Hooks with a webhook, and a transaction of somebody else's. */
async function setUp() {
  const connectionString = inject("postgresUrl");
  const schema = newSchema();
  const hooks = await openHooks({ storage: postgresStorage({ connectionString, schema }) });
  await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/", events: [event] }));
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("begin");
  return { hooks, client, schema };
}

it("a rebuild does not wait for ever, with all others behind it, for a transaction of the application's", async () => {
  const { hooks, client } = await setUp();
  await value(hooks.within(client).publish({ event, payload: {} }));

  const error = await failure(hooks.ledger.rebuild());
  expect(error).toMatchObject({ type: "StorageError", reason: "locked", retryable: true });
  expect(error.message).toContain("rebuild again");
  await value(hooks.publish({ event, payload: {} }));

  await client.query("commit");
  expect(await value(hooks.ledger.rebuild())).toEqual({ events: 5 });
  expect(await value(hooks.ledger.verify())).toMatchObject({ events: 5, differences: [] });
});

it("nor does it wait for ever for a table that somebody else has locked, and everything stays as it was", async () => {
  const { hooks, client, schema } = await setUp();
  await client.query(`lock table ${schema}.webhooks in share mode`);

  const rebuilding = failure(hooks.ledger.rebuild());
  await value(hooks.publish({ event, payload: {} }));
  expect(await rebuilding).toMatchObject({ type: "StorageError", reason: "locked", retryable: true });
  expect(await value(hooks.ledger.verify())).toMatchObject({ events: 3, differences: [] });

  await client.query("rollback");
  expect(await value(hooks.ledger.rebuild())).toEqual({ events: 3 });
});
