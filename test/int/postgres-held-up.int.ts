import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { openHookledger } from "../../src/index.ts";
import { value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const message = (idempotencyKey?: string) => ({ event: "memory.updated", payload: {}, idempotencyKey }) as const;

it("a publish under a key that a transaction of the application's holds waits for it, and no other does", async () => {
  const schema = temporarySchema();
  const connectionString = inject("postgresUrl");
  const hooks = await value(openHookledger({ storage: postgresStorage({ connectionString, schema: schema.name }) }));
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await value(hooks.close());
    await schema.remove();
  });
  await client.query("begin");
  const first = await value(hooks.within(client).publish(message("k")));
  const settled: string[] = [];
  const waiting = [1, 2].map(async () => {
    const publication = await value(hooks.publish(message("k")));
    settled.push("waiting");
    return publication;
  });
  // Some of these share a transaction with those that wait, and the others come later.
  for (const keys of [["a", undefined], ["k2"], [undefined, "b"], [undefined]]) {
    const published = await Promise.all(keys.map((key) => value(hooks.publish(message(key)))));
    expect(published.map(({ duplicate }) => duplicate)).toEqual(keys.map(() => false));
    await value(hooks.worker().runUntilIdle());
  }
  expect(settled).toEqual([]);
  await client.query("commit");
  const duplicate = { ...first, duplicate: true };
  expect(await Promise.all(waiting)).toEqual([duplicate, duplicate]);
});

it("a publish that was held up goes through when that transaction rolls back, and closing waits for it", async () => {
  const schema = temporarySchema();
  const connectionString = inject("postgresUrl");
  const open = () => value(openHookledger({ storage: postgresStorage({ connectionString, schema: schema.name }) }));
  const hooks = await open();
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("begin");
  await value(hooks.within(client).publish(message("k")));
  const waiting = value(hooks.publish(message("k")));
  await value(hooks.publish(message()));
  const closing = value(hooks.close());
  await client.query("rollback");
  expect(await waiting).toMatchObject({ duplicate: false });
  await closing;
  await client.end();
  const again = await open();
  expect(await value(again.publish(message("k")))).toEqual({ ...(await waiting), duplicate: true });
  await value(again.close());
  await schema.remove();
});
