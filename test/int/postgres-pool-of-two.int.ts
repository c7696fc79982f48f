import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { event } from "../support/deliver-to.ts";
import { newSchema, openHooks, value } from "../support/open-hooks.ts";

it("of a pool of two, the application may hold one connection, and all the work goes over the other", async () => {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 2, connectionTimeoutMillis: 2000 });
  onTestFinished(() => pool.end());
  const hooks = await openHooks({ storage: postgresStorage({ pool, schema: newSchema() }) });
  await value(hooks.worker().runUntilIdle());
  const client = await pool.connect();
  onTestFinished(() => client.release());
  await client.query("begin");
  expect(await value(hooks.publish({ event, payload: {} }))).toMatchObject({ duplicate: false });
  await client.query("rollback");
});
