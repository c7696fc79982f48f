import { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { event, register } from "../../support/deliver-to.ts";
import { failure, openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const missed = { webhookId: "w", states: ["missed"] } as const;
/** As in the use case: after so many lost races in a row, the caller is told. */
const MOST_TRIES = 10;

describe.each(storages)("a webhook that changes while it is given what it missed, on $name", ({ create }) => {
  /** Two messages were missed. `happens` comes before each commit that would give them, as often as told. */
  async function openMissed(times: number, happens: (hooks: MemoryHooks) => Promise<unknown>) {
    let left = times;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const isReplay = commit.streams.some(({ events }) => events.some(({ type }) => type === "MessageAddressed"));
          if (!isReplay || left === 0) return writer.append(commit);
          left -= 1;
          return ResultAsync.fromSafePromise(happens(hooks)).andThen(() => writer.append(commit));
        },
      },
    }));
    const hooks = await openHooks({ storage });
    await register(hooks, "w", { active: false });
    for (const n of [1, 2]) await value(hooks.publish({ event, payload: { n } }));
    await value(hooks.webhooks.update("w", { active: true }));
    const deliveries = async () => (await value(hooks.deliveries.list({ webhookId: "w" }))).items;
    return { hooks, deliveries };
  }

  it.each<readonly [what: string, change: (hooks: MemoryHooks) => Promise<unknown>]>([
    ["deactivated", ({ webhooks }) => value(webhooks.update("w", { active: false }))],
    ["deleted", ({ webhooks }) => value(webhooks.delete("w"))],
    ["no longer subscribed", ({ webhooks }) => value(webhooks.update("w", { events: [] }))],
  ])("is given nothing once it is %s", async (_, change) => {
    const { hooks, deliveries } = await openMissed(1, change);
    expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 2, replayed: 0 });
    expect(await deliveries()).toEqual([]);
  });

  it("is given all of it if others change during every try but the last", async () => {
    const { hooks, deliveries } = await openMissed(MOST_TRIES - 1, ({ webhooks }) =>
      value(webhooks.register({ url: "http://127.0.0.1:9/other", events: [] })),
    );
    expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 2, replayed: 2 });
    expect(await deliveries()).toHaveLength(2);
  });

  it("is given nothing, and the caller is told to replay again, if others change during every try", async () => {
    const { hooks, deliveries } = await openMissed(MOST_TRIES, ({ webhooks }) =>
      value(webhooks.register({ url: "http://127.0.0.1:9/other", events: [] })),
    );
    expect(await failure(hooks.deliveries.replay(missed))).toMatchObject({ type: "StorageError", reason: "locked" });
    expect(await deliveries()).toEqual([]);
    expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 2, replayed: 2 });
  });
});
