import pg from "pg";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { newSchema, openHooks, readLedger, value, type MemoryHooks } from "../support/open-hooks.ts";

const event = "memory.updated";

/** A message without deliveries that a webhook has missed, and a client whose locks hold others up. */
async function openMissed() {
  const connectionString = inject("postgresUrl");
  const schema = newSchema();
  const [holder, watcher] = [new pg.Client({ connectionString }), new pg.Client({ connectionString })];
  for (const client of [holder, watcher]) await client.connect();
  onTestFinished(async () => {
    for (const client of [holder, watcher]) await client.end();
  });
  const hooks = await openHooks({ storage: postgresStorage({ connectionString, schema }) });
  await value(hooks.webhooks.register({ webhookId: "w", url: "http://127.0.0.1:9", events: [event], active: false }));
  const { messageId } = await value(hooks.publish({ event, payload: { n: 1 } }));
  await value(hooks.webhooks.update("w", { active: true }));
  await holder.query("begin");
  const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
  const held = `${rows[0]?.pid ?? 0} = any(pg_blocking_pids(pid))`;
  const isThere = (condition: string) =>
    vi.waitFor(async () => {
      const found = await watcher.query(`select from pg_stat_activity where ${condition}`);
      expect(found.rowCount).toBeGreaterThan(0);
    });
  return {
    ...{ hooks, messageId, holder, events: `${schema}.events` },
    prune: () => value(hooks.ledger.prune({ finishedBefore: new Date(Date.now() + 60_000) })),
    stream: async () => (await readLedger(hooks)).filter(({ streamId }) => streamId === `message-${messageId}`),
    isHeld: () => isThere(held),
    /** Resolves when somebody waits for one that is held up. */
    isBehind: () => isThere(`pg_blocking_pids(pid) && array(select pid from pg_stat_activity where ${held})`),
  };
}

const replay = ({ deliveries }: MemoryHooks) =>
  deliveries.replay({ webhookId: "w", states: ["missed"] }).match(
    ({ replayed }) => (replayed === 1 ? "done" : "nothing to do"),
    ({ type }) => type,
  );
const erase = ({ messages }: MemoryHooks, messageId: string) =>
  messages.erase({ messageId }).match(
    () => "done",
    ({ type }) => type,
  );

describe.each([
  { name: "erased", change: erase, type: "MessageErased", left: 0, late: "MessageNotFound" },
  {
    name: "replayed to a webhook that missed it",
    change: replay,
    type: "MessageAddressed",
    left: 1,
    late: "nothing to do",
  },
])("a message that is $name while it is pruned", ({ change, type, left, late }) => {
  it("stays if the change came first, and the next prune looks at it again", async () => {
    const { hooks, messageId, holder, events, prune, stream, isHeld } = await openMissed();
    // The append at this version waits here, after all was read that it is decided on.
    await holder.query(`insert into ${events} (stream_id, version, type, data, metadata, recorded_at)
      values ('message-${messageId}', 2, 'MessageErased', '{}', '{}', 0)`);
    const changed = change(hooks, messageId);
    await isHeld();
    const pruned = await prune();
    await holder.query("rollback");
    expect(await changed).toBe("done");
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    expect(pruned).toEqual({ deliveries: 0, messages: 0, events: 0 });
    expect(await stream()).toMatchObject([{ type: "MessagePublished" }, { type }]);
    expect(await prune()).toMatchObject({ messages: 1 - left });
    expect(await stream()).toHaveLength(2 * left);
  });

  it("is gone if the prune came first, and the change finds nothing", async () => {
    const { hooks, messageId, holder, events, prune, stream, isHeld, isBehind } = await openMissed();
    // The prune waits here, after the message's row is removed.
    await holder.query(`select from ${events} where stream_id = 'message-${messageId}' for update`);
    const pruned = prune();
    await isHeld();
    const changed = change(hooks, messageId);
    await isBehind();
    await holder.query("rollback");
    expect(await pruned).toEqual({ deliveries: 0, messages: 1, events: 1 });
    expect(await changed).toBe(late);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    expect(await stream()).toEqual([]);
    expect((await value(hooks.deliveries.list({}))).items).toEqual([]);
  });
});
