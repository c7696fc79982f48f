import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { openHookledger } from "../../src/index.ts";
import { failure, value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const event = "memory.updated";
const missed = { webhookId: "w", states: ["missed"] } as const;

it("a replay is locked while an open transaction may hold a message that the webhook missed", async () => {
  const { name: schema, remove } = temporarySchema();
  const connectionString = inject("postgresUrl");
  const hooks = await value(openHookledger({ storage: postgresStorage({ connectionString, schema }) }));
  const client = new pg.Client({ connectionString });
  onTestFinished(async () => {
    await client.end();
    await value(hooks.close());
    await remove();
  });
  await client.connect();
  await value(hooks.webhooks.register({ webhookId: "w", url: "https://93.184.216.34/hooks", events: [event] }));
  await value(hooks.webhooks.update("w", { active: false }));
  await value(hooks.publish({ event, payload: { n: 0 } }));
  await client.query("begin");
  await value(hooks.within(client).publish({ event, payload: { n: 1 } }));
  await value(hooks.publish({ event, payload: { n: 2 } }));
  await value(hooks.webhooks.update("w", { active: true }));

  const open = await failure(hooks.deliveries.replay(missed));
  expect(open).toMatchObject({ type: "StorageError", reason: "locked", retryable: true });
  expect(open.message).toMatch(
    /^an open transaction hides what was published after it began; 1 of the 1 messages examined so far were replayed/,
  );
  await client.query("commit");
  expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 3, replayed: 2 });
  expect((await value(hooks.deliveries.list({ webhookId: "w" }))).items).toHaveLength(3);

  await client.query("begin");
  await value(hooks.within(client).publish({ event, payload: { n: 3 } }));
  expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 3, replayed: 0 });
  await client.query("commit");
});
